//! The messages of TF1 Hub modules.
//!
//! Fields and numbers of tensorflow_hub/{module_def,module_attachment,image_module_info}.proto; messages only, no meaning.

/// `tensorflow_hub.ModuleDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ModuleDef {
    #[prost(int32, tag = "1")]
    pub format: i32,
    #[prost(string, repeated, tag = "2")]
    pub required_features: Vec<String>,
}

/// `tensorflow_hub.ModuleAttachment`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ModuleAttachment {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `tensorflow_hub.ImageModuleInfo`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ImageModuleInfo {
    #[prost(message, optional, tag = "1")]
    pub default_image_size: Option<ImageSize>,
}

/// `tensorflow_hub.ImageSize`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct ImageSize {
    #[prost(uint32, tag = "1")]
    pub height: u32,
    #[prost(uint32, tag = "2")]
    pub width: u32,
}

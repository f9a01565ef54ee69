//! Variables as TF1's collections describe them: `variable.proto`.

/// `tensorflow.VariableDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct VariableDef {
    #[prost(string, tag = "1")]
    pub variable_name: String,
    #[prost(string, tag = "2")]
    pub initializer_name: String,
    #[prost(string, tag = "3")]
    pub snapshot_name: String,
    #[prost(message, optional, tag = "4")]
    pub save_slice_info_def: Option<SaveSliceInfoDef>,
    #[prost(bool, tag = "5")]
    pub is_resource: bool,
    #[prost(string, tag = "6")]
    pub initial_value_name: String,
    #[prost(bool, tag = "7")]
    pub trainable: bool,
}

/// `tensorflow.SaveSliceInfoDef`.
#[derive(Clone, PartialEq, ::prost::Message)]
#[prost(prost_path = "super::wire")]
pub struct SaveSliceInfoDef {
    #[prost(string, tag = "1")]
    pub full_name: String,
    #[prost(int64, repeated, tag = "2")]
    pub full_shape: Vec<i64>,
    #[prost(int64, repeated, tag = "3")]
    pub var_offset: Vec<i64>,
    #[prost(int64, repeated, tag = "4")]
    pub var_shape: Vec<i64>,
}

//! What an image module takes: `hub.get_expected_image_size` and `hub.get_num_image_channels`.
//!
//! The input is a batch of images, `[batch, height, width, channels]`. A module that takes any size can say by an
//! attachment which one it was trained with; that comes first.

use hub_core::Shape;
use hub_core::saved_model::proto::ImageModuleInfo;

use crate::error::{Error, Result};
use crate::spec::ModuleSpec;

/// The attachment that says which images a module takes.
const IMAGE_MODULE_INFO: &str = "image_module_info";

/// The input of images where none is named.
const IMAGES: &str = "images";

impl ModuleSpec {
    /// Height and width of the images that a signature takes, `default` and `images` where nothing is named.
    ///
    /// # Errors
    /// [`Error::NoSuchVariant`], [`Error::NoSuchSignature`] and [`Error::InputKeys`] where nothing is there;
    /// [`Error::NotImages`] where neither an attachment nor the input's shape says it.
    pub fn get_expected_image_size(
        &self,
        signature: Option<&str>,
        input_name: Option<&str>,
        tags: &[&str],
    ) -> Result<[usize; 2]> {
        let info: Option<ImageModuleInfo> = self.get_attached_message(IMAGE_MODULE_INFO, tags)?;
        if let Some(size) = info.and_then(|info| info.default_image_size)
            && size.height > 0
            && size.width > 0
        {
            return Ok([size.height as usize, size.width as usize]);
        }
        let (name, shape) = self.images(signature, input_name, tags)?;
        match shape.dimensions() {
            Some([_, Some(height), Some(width), _]) => Ok([*height, *width]),
            Some([_, _, _, _]) => Err(refuse(&name, &shape, "height and width are not known")),
            _ => Err(refuse(&name, &shape, "expected [batch, height, width, channels]")),
        }
    }

    /// The number of channels of the images that a signature takes.
    ///
    /// # Errors
    /// As [`ModuleSpec::get_expected_image_size`].
    pub fn get_num_image_channels(
        &self,
        signature: Option<&str>,
        input_name: Option<&str>,
        tags: &[&str],
    ) -> Result<usize> {
        let (name, shape) = self.images(signature, input_name, tags)?;
        match shape.dimensions() {
            Some([_, _, _, Some(channels)]) => Ok(*channels),
            Some([_, _, _, None]) => Err(refuse(&name, &shape, "the number of channels is not known")),
            _ => Err(refuse(&name, &shape, "expected [batch, height, width, channels]")),
        }
    }

    fn images(&self, signature: Option<&str>, input_name: Option<&str>, tags: &[&str]) -> Result<(String, Shape)> {
        let name = input_name.unwrap_or(IMAGES);
        let inputs = self.get_input_info_dict(signature, tags)?;
        match inputs.get(name) {
            Some(info) => Ok((name.to_owned(), info.get_shape())),
            None => Err(Error::InputKeys {
                signature: signature.unwrap_or(crate::spec::DEFAULT).to_owned(),
                missing: vec![name.to_owned()],
                extra: inputs.into_keys().collect(),
            }),
        }
    }
}

/// Height and width of the images that a module takes, by its `default` signature: `hub.get_expected_image_size`.
///
/// # Errors
/// Those of [`ModuleSpec::get_expected_image_size`].
pub fn get_expected_image_size(spec: &ModuleSpec) -> Result<[usize; 2]> {
    spec.get_expected_image_size(None, None, &[])
}

/// The number of channels of the images that a module takes, by its `default` signature: `hub.get_num_image_channels`.
///
/// # Errors
/// Those of [`ModuleSpec::get_num_image_channels`].
pub fn get_num_image_channels(spec: &ModuleSpec) -> Result<usize> {
    spec.get_num_image_channels(None, None, &[])
}

fn refuse(input: &str, shape: &Shape, why: &'static str) -> Error {
    Error::NotImages { input: input.to_owned(), shape: shape.to_string(), why }
}

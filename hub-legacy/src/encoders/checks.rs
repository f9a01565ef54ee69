//! Which modules embed texts and which images: Python's checks, in Python's order, all that is wrong at once.

use hub_core::{DType, Shape};

use crate::error::{Error, Result};
use crate::spec::{DEFAULT, ModuleSpec};

/// `default` must take one batch of texts and give one vector of float32 for each.
pub(super) fn check_module_is_text_embedding(spec: &ModuleSpec) -> Result<()> {
    let mut issues = Vec::new();
    let inputs = spec.get_input_info_dict(None, &[])?;
    match inputs.values().next() {
        Some(input) if inputs.len() == 1 => {
            if input.dtype() != Some(DType::String) || !matches!(input.get_shape().dimensions(), Some([None])) {
                issues.push("the signature `default` must have only one input of shape [?] and type string".into());
            }
        }
        _ => issues.push("the signature `default` must require only one input".into()),
    }
    let rows = |shape: &Shape| matches!(shape.dimensions(), Some([None | Some(0), Some(1..)]));
    check_output(spec, rows, "[?, K]", &mut issues)?;
    match issues.is_empty() {
        true => Ok(()),
        false => Err(Error::NotTextEmbedding { issues }),
    }
}

/// `default` must take `images` of a known size and give one vector of float32 for each.
pub(super) fn check_module_is_image_embedding(spec: &ModuleSpec, check_image_size: bool) -> Result<()> {
    let mut issues = Vec::new();
    let inputs = spec.get_input_info_dict(None, &[])?;
    let only_images = inputs.len() == 1 && inputs.get("images").is_some_and(|info| info.dtype() == Some(DType::F32));
    if !only_images {
        let issue =
            "the signature `default` must require a single input, which must have type float32 and name `images`";
        issues.push(issue.into());
    } else if check_image_size {
        match spec.get_expected_image_size(None, None, &[]) {
            Ok(_) => {}
            Err(why @ Error::NotImages { .. }) => issues.push(format!("the size of images is not known: {why}")),
            Err(other) => return Err(other),
        }
    }
    let rows = |shape: &Shape| matches!(shape.dimensions(), Some([_, Some(1..)]));
    check_output(spec, rows, "[_, K]", &mut issues)?;
    match issues.is_empty() {
        true => Ok(()),
        false => Err(Error::NotImageEmbedding { issues }),
    }
}

fn check_output(
    spec: &ModuleSpec,
    fits: impl Fn(&Shape) -> bool,
    expected: &str,
    issues: &mut Vec<String>,
) -> Result<()> {
    match spec.get_output_info_dict(None, &[])?.get(DEFAULT) {
        None => issues.push("the signature `default` must have an output `default`".into()),
        Some(output) if output.dtype() == Some(DType::F32) && fits(&output.get_shape()) => {}
        Some(_) => {
            issues.push(format!("the output `default` must be of shape {expected} and type float32, with a known K"));
        }
    }
    Ok(())
}

/// What the output `default` of a module has for one example.
pub(super) fn variable_shape(spec: &ModuleSpec) -> Result<Shape> {
    let outputs = spec.get_output_info_dict(None, &[])?;
    Ok(outputs.get(DEFAULT).map_or_else(Shape::unknown, |output| of_one_example(&output.get_shape())))
}

/// A shape without the batch in front.
pub(super) fn of_one_example(shape: &Shape) -> Shape {
    match shape.dimensions() {
        Some([_, rest @ ..]) => Shape::from(rest.to_vec()),
        _ => Shape::unknown(),
    }
}

//! Through the layers that take images, `[batch, height, width, channels]`.

use hub_core::DType;

use super::arguments;
use super::flow::TensorType;
use super::layers::{Given, numbers, refuse};
use crate::check::CheckedLayer;
use crate::literal;

/// Through the layer of that name; of one that is not known here nothing is known.
pub(super) fn through(name: &str, layer: &CheckedLayer, x: &TensorType, own: Option<DType>) -> Given {
    match name {
        "Resizing" | "CenterCrop" => {
            let [batch, _, _, channels] = images(x)?;
            let (height, width) = (arguments::size(layer, "height"), arguments::size(layer, "width"));
            Ok(TensorType::new(own, [batch, height, width, channels]))
        }
        "RandomFlip" | "RandomTranslation" | "RandomRotation" | "RandomZoom" | "RandomContrast" => {
            Ok(TensorType::new(own, images(x)?))
        }
        "GlobalAveragePooling2D" => pooled(layer, x),
        "Conv2D" => convolution(layer, x, own),
        _ => Ok(TensorType::default()),
    }
}

fn images(x: &TensorType) -> Given<[Option<usize>; 4]> {
    numbers(x)?;
    match x.shape.dimensions() {
        None => Ok([None; 4]),
        Some(&[batch, height, width, channels]) => Ok([batch, height, width, channels]),
        Some(_) => refuse("images [batch, height, width, channels]"),
    }
}

/// Whether the channels come last; `None` where that is not known.
fn channels_last(layer: &CheckedLayer) -> Option<bool> {
    arguments::text(layer, "data_format", "channels_last").map(|format| format != "channels_first")
}

fn pooled(layer: &CheckedLayer, x: &TensorType) -> Given {
    let [batch, second, _, last] = images(x)?;
    let Some(channels_last) = channels_last(layer) else { return Ok(TensorType::default()) };
    let channels = if channels_last { last } else { second };
    match (arguments::boolean(layer, "keepdims", false), channels_last) {
        (None, _) => Ok(TensorType::default()),
        (Some(false), _) => Ok(TensorType::new(x.dtype, [batch, channels])),
        (Some(true), true) => Ok(TensorType::new(x.dtype, [batch, Some(1), Some(1), channels])),
        (Some(true), false) => Ok(TensorType::new(x.dtype, [batch, channels, Some(1), Some(1)])),
    }
}

fn convolution(layer: &CheckedLayer, x: &TensorType, own: Option<DType>) -> Given {
    let [batch, one, two, three] = images(x)?;
    let Some(channels_last) = channels_last(layer) else { return Ok(TensorType::default()) };
    let (sizes, channels) = if channels_last { ([one, two], three) } else { ([two, three], one) };
    let groups = layer.argument("groups").map_or(Some(1), literal::size);
    if let (Some(channels), Some(groups)) = (channels, groups)
        && (channels == 0 || groups == 0 || !channels.is_multiple_of(groups))
    {
        return refuse(format!("channels that `groups = {groups}` divides"));
    }
    let kernel = arguments::window(layer, "kernel_size", 1);
    let strides = arguments::window(layer, "strides", 1);
    let dilation = arguments::window(layer, "dilation_rate", 1);
    let same = arguments::text(layer, "padding", "valid").map(|padding| padding.eq_ignore_ascii_case("same"));
    let mut given = [None; 2];
    for axis in 0..2 {
        // A window with holes reaches as far as one without them that is larger.
        let reach = kernel[axis].zip(dilation[axis]).map(|(size, rate)| (size.max(1) - 1).saturating_mul(rate) + 1);
        let stride = strides[axis].filter(|stride| *stride > 0);
        given[axis] = match (same, sizes[axis], reach, stride) {
            (Some(false), Some(size), Some(reach), _) if reach > size => {
                return refuse(format!(
                    "images of at least {} × {} for `kernel_size`",
                    shown(kernel[0]),
                    shown(kernel[1])
                ));
            }
            (Some(true), Some(size), _, Some(stride)) => Some(size.div_ceil(stride)),
            (Some(false), Some(size), Some(reach), Some(stride)) => Some((size - reach) / stride + 1),
            _ => None,
        };
    }
    let filters = arguments::size(layer, "filters");
    let ([rows, columns], last) = (given, filters);
    Ok(match channels_last {
        true => TensorType::new(own, [batch, rows, columns, last]),
        false => TensorType::new(own, [batch, last, rows, columns]),
    })
}

fn shown(size: Option<usize>) -> String {
    size.map_or_else(|| "?".to_owned(), |size| size.to_string())
}

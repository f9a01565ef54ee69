//! [`Conv2D`]: weighted sums of neighbourhoods in images.

use hub_core::Nest;
use hub_core::graph::Node;

use super::data_format::DataFormat;
use super::options::{LayerOptions, option_answers, option_builders};
use super::weight_options::{WeightOptions, check_activity, penalise_activity, weight_builders};
use super::window::{Padding, Window};
use crate::activations::ActivationChoice;
use crate::config::class;
use crate::error::Result;
use crate::layer::{Build, Call, Layer, Place};
use crate::regularizers::RegularizerChoice;

/// activation(kernel ∗ x + bias): for each place, weighted sums of what lies around it.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `filters` | the number of output channels | |
/// | `kernel_size` | height and width of the neighbourhood; one number for both | |
/// | `strides` | the steps from place to place | 1 |
/// | `padding` | `"valid"`: only whole neighbourhoods; `"same"`: zeros around the image | `"valid"` |
/// | `data_format` | where the channels are, `"channels_last"` or `"channels_first"` | `"channels_last"` |
/// | `dilation_rate` | the distance between neighbours; not together with strides | 1 |
/// | `groups` | into how many groups the channels are cut, each with filters of its own | 1 |
/// | `activation` | a name or an [`ActivationFunction`](crate::ActivationFunction) | `"linear"` |
/// | `use_bias` | whether a bias is added | true |
/// | `kernel_initializer`, `bias_initializer` | what they begin with | `"glorot_uniform"`, `"zeros"` |
/// | `kernel_regularizer`, `bias_regularizer` | penalties on them | none |
/// | `activity_regularizer` | a penalty on the outputs, for each example | none |
/// | `kernel_constraint`, `bias_constraint` | what they are held to after each update | nothing |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer | |
///
/// Weights: `kernel` `[height, width, channels / groups, filters]` and `bias` `[filters]`.
///
/// # Shapes
/// Input `[batch, rows, columns, channels]`, output `[batch, new rows, new columns, filters]`: with `"same"` the rows over
/// the stride, rounded up; with `"valid"` as many whole neighbourhoods as there are.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::Conv2D};
/// let model = Sequential::new().add(Conv2D::new(1, [1, 2]).kernel_initializer("ones")).build()?;
/// let y = model.predict(Tensor::new(&[1, 1, 3, 1], vec![1.0_f32, 2.0, 4.0])?)?;
/// assert_eq!(y.tensor()?.as_slice::<f32>()?, [3.0, 6.0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Conv2D {
    filters: usize,
    kernel_size: Window,
    strides: Window,
    padding: Padding,
    data_format: DataFormat,
    dilation_rate: Window,
    groups: usize,
    activation: ActivationChoice,
    use_bias: bool,
    kernel: WeightOptions,
    bias: WeightOptions,
    activity_regularizer: Option<RegularizerChoice>,
    options: LayerOptions,
}

impl Conv2D {
    /// A layer with this many output channels, each of neighbourhoods of this size.
    pub fn new(filters: usize, kernel_size: impl Into<Window>) -> Conv2D {
        Conv2D {
            filters,
            kernel_size: kernel_size.into(),
            strides: 1.into(),
            padding: Padding::default(),
            data_format: DataFormat::default(),
            dilation_rate: 1.into(),
            groups: 1,
            activation: ActivationChoice::default(),
            use_bias: true,
            kernel: WeightOptions::new("glorot_uniform"),
            bias: WeightOptions::new("zeros"),
            activity_regularizer: None,
            options: LayerOptions::default(),
        }
    }

    /// The steps from place to place, down and across. Default: 1.
    pub fn strides(mut self, strides: impl Into<Window>) -> Self {
        self.strides = strides.into();
        self
    }

    /// `"valid"` or `"same"`. Default: `"valid"`.
    pub fn padding(mut self, padding: impl Into<String>) -> Self {
        self.padding = Padding::new(padding);
        self
    }

    /// Where the channels are, `"channels_first"` or `"channels_last"`. Default: last.
    pub fn data_format(mut self, data_format: impl Into<String>) -> Self {
        self.data_format = DataFormat::new(data_format);
        self
    }

    /// The distance between neighbours, down and across. Default: 1.
    pub fn dilation_rate(mut self, dilation_rate: impl Into<Window>) -> Self {
        self.dilation_rate = dilation_rate.into();
        self
    }

    /// Into how many groups the channels are cut. Default: 1.
    pub fn groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// The function of the weighted sums, by name or itself. Default: `"linear"`.
    pub fn activation(mut self, activation: impl Into<ActivationChoice>) -> Self {
        self.activation = activation.into();
        self
    }

    /// Whether a bias is added. Default: true.
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }

    /// A penalty on the outputs, for each example, by name or itself. Default: none.
    pub fn activity_regularizer(mut self, regularizer: impl Into<RegularizerChoice>) -> Self {
        self.activity_regularizer = Some(regularizer.into());
        self
    }

    weight_builders! {
        kernel: kernel_initializer = "glorot_uniform", kernel_regularizer, kernel_constraint;
        bias: bias_initializer = "zeros", bias_regularizer, bias_constraint;
    }

    option_builders!();

    /// Checks the arguments that are numbers and names.
    fn check(&self, place: &Place) -> Result<()> {
        self.padding.check(place)?;
        for (argument, window) in
            [("kernel_size", self.kernel_size), ("strides", self.strides), ("dilation_rate", self.dilation_rate)]
        {
            window.check(place, argument)?;
        }
        if self.strides.largest() > 1 && self.dilation_rate.largest() > 1 {
            return Err(place.invalid_argument("dilation_rate", "1 where `strides` are larger", self.dilation_rate));
        }
        if self.filters == 0 {
            return Err(place.invalid_argument("filters", "1 or more", 0));
        }
        if self.groups == 0 || !self.filters.is_multiple_of(self.groups) {
            let expected = format!("a divisor of the {} filters", self.filters);
            return Err(place.invalid_argument("groups", expected, self.groups));
        }
        match self.options.dtype.is_floating() {
            true => Ok(()),
            false => Err(place.invalid_argument("dtype", "a floating-point type", self.options.dtype)),
        }
    }

    /// The weighted sums, channels last. TensorFlow's CPU has no gradient of convolutions in groups: they are written
    /// out, one after the other.
    fn convolution<'g>(&self, x: Node<'g>, kernel: Node<'g>) -> Node<'g> {
        let scope = x.scope();
        let convolution = |x: Node<'g>, kernel: Node<'g>| {
            let around = |window: Window| vec![1, window.0[0] as i64, window.0[1] as i64, 1];
            let op = scope.op("Conv2D").input(x).input(kernel).attr("strides", around(self.strides));
            op.attr("padding", self.padding.of_tensorflow()).attr("dilations", around(self.dilation_rate)).build()
        };
        if self.groups == 1 {
            return convolution(x, kernel);
        }
        let last = scope.constant(3_i32);
        let split = |node: Node<'g>| {
            scope.op("Split").input(last).input(node).attr("num_split", self.groups as i64).build_outputs()
        };
        let outputs = split(x).into_iter().zip(split(kernel)).map(|(x, kernel)| convolution(x, kernel));
        scope.op("ConcatV2").input_list(outputs).input(last).build()
    }
}

impl Layer for Conv2D {
    fn class_name(&self) -> &str {
        "Conv2D"
    }

    option_answers!();

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let place = build.place();
        self.activation.resolve(place, "activation")?;
        check_activity(build, self.activity_regularizer.as_ref())?;
        self.check(place)?;
        let shape = place.numbers(inputs)?.shape();
        self.data_format.check_images(place, &shape)?;
        let [rows, columns, channels] = self.data_format.image_sizes(&shape);
        let Some(channels) = channels else {
            return Err(place.input_mismatch("a known number of channels", shape));
        };
        if channels == 0 || !channels.is_multiple_of(self.groups) {
            let expected = format!("channels that `groups = {}` divides", self.groups);
            return Err(place.input_mismatch(expected, shape));
        }
        if !self.kernel_size.fits([rows, columns], self.dilation_rate, &self.padding) {
            let expected = format!("images of at least {} for `kernel_size`", self.kernel_size);
            return Err(place.input_mismatch(expected, shape));
        }
        let [height, width] = self.kernel_size.0;
        self.kernel.add(build, "kernel", &[height, width, channels / self.groups, self.filters])?;
        match self.use_bias {
            true => self.bias.add(build, "bias", &[self.filters]),
            false => Ok(()),
        }
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let x = call.place().single(&inputs)?.cast(self.options.dtype);
        let mut y = self.convolution(self.data_format.channels_last(x), call.weight("kernel")?);
        if self.use_bias {
            y = y.bias_add(call.weight("bias")?);
        }
        let activation = self.activation.resolve(call.place(), "activation")?;
        let y = activation.apply_checked(call.place(), self.data_format.restored(y))?;
        penalise_activity(call, self.activity_regularizer.as_ref(), y)?;
        Ok(Nest::Leaf(y))
    }
}

class! { Conv2D = "Conv2D", |config| Conv2D::new(config.required("filters")?, config.required::<Window>("kernel_size")?);
    filters = filters, kernel_size = kernel_size, strides = strides, padding = padding, data_format = data_format,
    dilation_rate = dilation_rate, groups = groups, activation = activation, use_bias = use_bias,
    kernel_initializer = kernel.initializer, kernel_regularizer = kernel.regularizer, kernel_constraint = kernel.constraint,
    bias_initializer = bias.initializer, bias_regularizer = bias.regularizer, bias_constraint = bias.constraint,
    activity_regularizer = activity_regularizer; with options
}

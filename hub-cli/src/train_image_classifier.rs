//! `tfhub train-image-classifier`: a classifier for a folder of images on a hub module, as `make_image_classifier` makes it.
//!
//! ```text
//! flowers/                     one folder for each class; their names, sorted, are the labels
//! ├── daisy/ ...
//! └── roses/ ...
//! tfhub train-image-classifier --image-dir flowers --saved-model-dir out --labels-output-file labels.txt
//! ```
//!
//! Options and defaults are those of tensorflow_hub's tool. Prints what was reached on the images held out; progress goes to
//! stderr. Ctrl-C ends the training after the batch, and what was learned so far is saved.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use hub_core::saved_model::{Spec, TensorSpec};
use hub_core::{Error, LoadedModel, Nest};
use hub_layers::callbacks::TensorBoard;
use hub_layers::data::{DirectoryDataset, image_dataset_from_directory};
use hub_layers::losses::CategoricalCrossentropy;
use hub_layers::optimizers::SGD;
use hub_layers::regularizers::L1L2;
use hub_layers::{
    Compile, Dense, Dropout, Evaluate, Fit, InputLayer, KerasLayer, RandomFlip, RandomRotation, RandomTranslation,
    RandomZoom, Rescaling, SaveOptions, Sequential,
};
use hub_legacy::HubFormat;

use crate::failure::Failure;
use crate::sources::Sources;

/// What splits the images, so that the same ones are held out each time.
const SPLIT_SEED: u64 = 123;

/// Train a classifier for a folder of images on top of a hub module
#[derive(Args)]
#[command(alias = "make-image-classifier")]
pub(crate) struct TrainImageClassifier {
    /// A directory with a folder of images for each class
    #[arg(long, alias = "image_dir", value_name = "DIR")]
    image_dir: PathBuf,
    /// The module that gives features of images
    #[arg(
        long,
        alias = "tfhub_module",
        value_name = "HANDLE",
        default_value = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
    )]
    tfhub_module: String,
    /// Height and width of the images; the module's own unless given
    #[arg(long, alias = "image_size", value_name = "PIXELS")]
    image_size: Option<usize>,
    /// Where the classifier goes, as a SavedModel; none is written unless given
    #[arg(long, alias = "saved_model_dir", value_name = "DIR")]
    saved_model_dir: Option<PathBuf>,
    /// Where the names of the classes go, one a line; none are written unless given
    #[arg(long, alias = "labels_output_file", value_name = "FILE")]
    labels_output_file: Option<PathBuf>,
    /// Where TensorBoard's events go; none are written unless given
    #[arg(long, alias = "summaries_dir", value_name = "DIR")]
    summaries_dir: Option<PathBuf>,
    /// Fail where fewer of the images held out are told right
    #[arg(long, alias = "assert_accuracy_at_least", value_name = "SHARE")]
    assert_accuracy_at_least: Option<f64>,
    /// Passes over the training images
    #[arg(long, alias = "train_epochs", default_value_t = 5)]
    train_epochs: usize,
    /// Train the module too, not only what stands on it
    #[arg(long, alias = "do_fine_tuning", num_args = 0..=1, default_value_t = false, default_missing_value = "true", action = ArgAction::Set)]
    do_fine_tuning: bool,
    /// Images in a batch
    #[arg(long, alias = "batch_size", default_value_t = 32)]
    batch_size: usize,
    /// The rate of gradient descent
    #[arg(long, alias = "learning_rate", default_value_t = 0.005)]
    learning_rate: f64,
    /// The momentum of gradient descent
    #[arg(long, default_value_t = 0.9)]
    momentum: f64,
    /// How much of the features is left out while training
    #[arg(long, alias = "dropout_rate", default_value_t = 0.2)]
    dropout_rate: f64,
    /// How much large weights cost, by their absolute values
    #[arg(long, alias = "l1_regularizer", default_value_t = 0.0)]
    l1_regularizer: f64,
    /// How much large weights cost, by their squares
    #[arg(long, alias = "l2_regularizer", default_value_t = 1e-4)]
    l2_regularizer: f64,
    /// How much of each label is spread over all classes
    #[arg(long, alias = "label_smoothing", default_value_t = 0.1)]
    label_smoothing: f64,
    /// How much of the images is held out
    #[arg(long, alias = "validation_split", default_value_t = 0.2)]
    validation_split: f64,
    /// Turn, move, scale and mirror the training images
    #[arg(long, alias = "do_data_augmentation", num_args = 0..=1, default_value_t = false, default_missing_value = "true", action = ArgAction::Set)]
    do_data_augmentation: bool,
    /// The most that images are turned, in degrees
    #[arg(long, alias = "rotation_range", default_value_t = 40.0)]
    rotation_range: f64,
    /// Whether images are mirrored
    #[arg(long, alias = "horizontal_flip", default_value_t = true, action = ArgAction::Set)]
    horizontal_flip: bool,
    /// The most that images are moved sideways, as a share of their width
    #[arg(long, alias = "width_shift_range", default_value_t = 0.2)]
    width_shift_range: f64,
    /// The most that images are moved up and down, as a share of their height
    #[arg(long, alias = "height_shift_range", default_value_t = 0.2)]
    height_shift_range: f64,
    /// The most that images are scaled, as a share of their size
    #[arg(long, alias = "zoom_range", default_value_t = 0.2)]
    zoom_range: f64,
    /// What weights and augmentation are drawn by; another one each time unless given
    #[arg(long)]
    seed: Option<u64>,
    /// Replace what is in the way of the classifier
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    sources: Sources,
}

/// The images that a module takes.
struct Images {
    size: (usize, usize),
    channels: usize,
}

impl TrainImageClassifier {
    pub(crate) fn run(self, out: &mut dyn Write) -> Result<(), Failure> {
        let (hub, stop) = self.sources.stoppable_hub()?;
        let module = hub.with_format(HubFormat).load(&self.tfhub_module, &hub_core::LoadOptions::new())?;
        let images = self.images(&module)?;
        let (train, validation) = self.data(&images)?;
        let classes = train.class_names();
        writeln!(out, "classes: {}", classes.join(", "))?;
        let (training, held_out) = (train.file_paths().len(), validation.file_paths().len());
        writeln!(out, "images: {training} to train, {held_out} held out")?;
        out.flush()?;
        let mut model = self.model(&module, &images, classes.len())?;
        let loss = CategoricalCrossentropy::new().label_smoothing(self.label_smoothing);
        let optimizer = SGD::new(self.learning_rate).momentum(self.momentum);
        model.compile(Compile::new(optimizer, loss).metric("accuracy"))?;
        let mut fit = Fit::new().epochs(self.train_epochs).validation_data(&*validation).stop_signal(&stop);
        if let Some(directory) = &self.summaries_dir {
            fit = fit.callback(TensorBoard::new(directory));
        }
        model.fit(&*train, fit)?;
        let accuracy = model.evaluate(&*validation, Evaluate::new())?.get("accuracy").unwrap_or(0.0);
        writeln!(out, "accuracy: {accuracy:.4}")?;
        self.write(&model, classes, out)?;
        match self.assert_accuracy_at_least {
            Some(wanted) if accuracy < wanted => Err(Failure::Missed { what: "accuracy", wanted, reached: accuracy }),
            _ => Ok(()),
        }
    }

    /// Size and channels, of the module where it says so.
    fn images(&self, module: &LoadedModel) -> Result<Images, Failure> {
        let refuse = |why: String| Failure::Refused { why };
        let taken = input_of(module);
        let sizes = taken.as_ref().and_then(|input| input.shape.dimensions()).unwrap_or_default();
        let (own, channels) = match sizes {
            [_, height, width, channels] => ((*height).zip(*width), channels.unwrap_or(3)),
            _ => (None, 3),
        };
        let size = match (self.image_size, own) {
            (None, None) => return Err(refuse("the module takes any image size: name one by `--image-size`".into())),
            (None, Some(own)) => own,
            (Some(given), Some((height, width))) if (given, given) != (height, width) => {
                return Err(refuse(format!(
                    "the module expects images of {height} by {width} pixels, `--image-size` says {given}"
                )));
            }
            (Some(given), _) => (given, given),
        };
        Ok(Images { size, channels })
    }

    fn data(&self, images: &Images) -> Result<(DirectoryDataset, DirectoryDataset), Failure> {
        let folders = image_dataset_from_directory(&self.image_dir).label_mode("categorical").image_size(images.size);
        let folders = folders.color_mode(if images.channels == 1 { "grayscale" } else { "rgb" });
        let folders = folders.batch_size(self.batch_size).validation_split(self.validation_split).seed(SPLIT_SEED);
        Ok(folders.build_both()?)
    }

    fn model(&self, module: &LoadedModel, images: &Images, classes: usize) -> Result<Sequential, Failure> {
        let (height, width) = images.size;
        let mut layers = Sequential::new().add(InputLayer::new([height, width, images.channels]));
        layers = layers.add(Rescaling::new(1.0 / 255.0));
        if self.do_data_augmentation {
            layers = layers.add(RandomRotation::new(self.rotation_range / 360.0));
            layers = layers.add(RandomTranslation::new(self.height_shift_range, self.width_shift_range));
            layers = layers.add(RandomZoom::new(self.zoom_range));
            if self.horizontal_flip {
                layers = layers.add(RandomFlip::new().mode("horizontal"));
            }
        }
        let features = KerasLayer::new(module)?.trainable(self.do_fine_tuning);
        let penalty = L1L2::new(self.l1_regularizer, self.l2_regularizer);
        let head = Dense::new(classes).activation("softmax").kernel_regularizer(penalty);
        let layers = layers.add(features).add(Dropout::new(self.dropout_rate)).add(head);
        Ok(match self.seed {
            Some(seed) => layers.seed(seed).build()?,
            None => layers.build()?,
        })
    }

    fn write(&self, model: &Sequential, classes: &[String], out: &mut dyn Write) -> Result<(), Failure> {
        if let Some(file) = &self.labels_output_file {
            let lines = classes.iter().map(|class| format!("{class}\n")).collect::<String>();
            fs::write(file, lines).map_err(|why| Error::io("write", file, why))?;
            writeln!(out, "labels: {}", file.display())?;
        }
        if let Some(directory) = &self.saved_model_dir {
            model.save_with(directory, &SaveOptions::new().overwrite(self.force))?;
            writeln!(out, "model: {}", directory.display())?;
        }
        Ok(())
    }
}

/// The tensor that a module takes: its call's, or that of its signature `default`.
fn input_of(module: &LoadedModel) -> Option<TensorSpec> {
    if let Ok(call) = module.root() {
        let traces = call.traces().ok()?;
        return match traces.first()?.arguments.at(0)?.at(0)? {
            Nest::Leaf(Spec::Tensor(spec)) => Some(spec.clone()),
            _ => None,
        };
    }
    let signatures = module.signatures();
    let inputs = signatures.get("default").ok()?.inputs().ok()?;
    inputs.into_iter().next().map(|(_, spec)| spec)
}

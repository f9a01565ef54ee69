//! Data in memory, from disk or from an iterator, as `fit` takes it: TensorFlow's `tf.data`, as far as one process needs it.
//!
//! A [`Dataset`] is made of tensors or of an iterator and changed by its methods; each returns another data set and
//! leaves the first as it is. Nothing is computed before a pass begins.
//!
//! **Which example is which.** An element knows the numbers of its examples: the same number in the same data set is the
//! same example, with the same content, in every pass. That is what lets `fit` compute the outputs of frozen layers once.
//! Tensors that are cut into slices number their rows from 0, elements in memory likewise; what only chooses, orders or
//! joins examples keeps the numbers. [`Dataset::map`] and generators may give another content at each pass: their
//! elements have no numbers, until [`Dataset::cache`] holds on to them and numbers them anew. Numbers have gaps.
//!
//! | file | holds |
//! |---|---|
//! | `element` | [`Element`]: features, labels and weights that belong together |
//! | `into_element` | [`IntoElement`]: what is taken for an element: `(x, y)`, say |
//! | `dataset` | [`Dataset`]: a sequence of elements that can be gone through again and again |
//! | `source` | [`Source`]: where elements come from; [`Cardinality`]: how many there are |
//! | `guard` | a pass that ends at its first error, and takes a panic for one |
//! | `slices` | [`Dataset::from_tensors`], [`Dataset::from_tensor_slices`] |
//! | `rows` | the rows of whole tensors as elements: what makes shuffling and batching of them fast |
//! | `list` | elements in memory, and their numbers |
//! | `disk/` | [`image_dataset_from_directory`], [`text_dataset_from_directory`], [`record_dataset`], [`csv_dataset`] |
//! | `bucket`, `padding` | [`Dataset::bucket_by_sequence_length`]; tensors filled up |
//! | `parallel` | a function over elements on several threads, in order |
//! | `generator` | [`Dataset::from_generator`], and sources of the caller's own |
//! | `shuffle`, `batch`, `unbatch`, `map`, `cache`, `repeat`, `take`, `zip`, `concatenate`, `interleave`, `padded_batch`, `prefetch` | the methods of those names; `map` has `filter`, `take` has `skip` |

mod batch;
mod bucket;
mod cache;
mod concatenate;
mod dataset;
mod disk;
mod element;
mod generator;
mod guard;
mod interleave;
mod into_element;
mod list;
mod map;
mod padded_batch;
mod padding;
mod parallel;
mod prefetch;
mod repeat;
mod rows;
mod shuffle;
mod slices;
mod source;
mod take;
#[cfg(test)]
mod tests;
mod unbatch;
mod zip;

pub use batch::Batch;
pub use bucket::Buckets;
pub use dataset::Dataset;
pub use disk::{
    ColumnDefault, Compression, CsvFiles, DirectoryDataset, Example, ExampleSchema, Feature, ImageDirectory, Labels,
    RecordFault, RecordFiles, RecordReader, RecordWriter, TextDirectory, csv_dataset, image_dataset_from_directory,
    record_dataset, text_dataset_from_directory,
};
pub use element::Element;
pub(crate) use element::tensors;
pub use into_element::IntoElement;
pub use padded_batch::PaddedBatch;
pub use shuffle::Shuffle;
pub use source::{Cardinality, Elements, Source};

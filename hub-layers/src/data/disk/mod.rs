//! Data from disk: folders of images and of texts as Keras reads them, TFRecord files, tables.
//!
//! | file | holds |
//! |---|---|
//! | `image_directory` | [`image_dataset_from_directory`] |
//! | `text_directory` | [`text_dataset_from_directory`] |
//! | `directory_dataset` | [`DirectoryDataset`]: what both give |
//! | `directory` | what both take: labels, order, split |
//! | `labels` | [`Labels`]: where labels come from, and in which form they are given |
//! | `listing` | which files there are, in Python's order |
//! | `mersenne_twister` | NumPy's `RandomState.shuffle` |
//! | `load` | files read and made into elements, on threads and in order |
//! | `records/` | TFRecord files and examples in them |
//! | `csv`, `csv_column` | [`csv_dataset`]: tables of text |
//! | `image_decoder` | bytes of a file to pixels, by TensorFlow's kernels |
//! | `image_header` | how large an image says that it is |

mod csv;
mod csv_column;
mod directory;
mod directory_dataset;
mod image_decoder;
mod image_directory;
mod image_header;
mod labels;
mod listing;
mod load;
mod mersenne_twister;
mod records;
mod text_directory;

pub use csv::{CsvFiles, csv_dataset};
pub use csv_column::ColumnDefault;
pub use directory_dataset::DirectoryDataset;
pub use image_directory::{ImageDirectory, image_dataset_from_directory};
pub use labels::Labels;
pub use records::{
    Compression, Example, ExampleSchema, Feature, RecordFault, RecordFiles, RecordReader, RecordWriter, record_dataset,
};
pub use text_directory::{TextDirectory, text_dataset_from_directory};

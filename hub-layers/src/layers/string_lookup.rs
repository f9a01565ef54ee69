//! [`StringLookup`]: words to numbers, and back.

use std::collections::HashMap;

use hub_core::graph::Node;
use hub_core::{DType, Nest};

use super::options::{LayerOptions, option_builders, with_batch};
use super::vocabulary::{Vocabulary, unfit, vocabulary_builders};
use crate::config::{Config, class, config_of};
use crate::data::Dataset;
use crate::error::Result;
use crate::layer::{Build, Call, InputSpec, Layer};

/// The number of each string in a vocabulary.
///
/// | argument | meaning | default |
/// |---|---|---|
/// | `max_tokens` | the most words, special ones among them | all |
/// | `num_oov_indices` | how many numbers there are for words that are not in the vocabulary, which are spread over them | 1 |
/// | `mask_token` | the word whose number is 0, and that counts nowhere | none |
/// | `oov_token` | what comes back for a number of no word | `"[UNK]"` |
/// | `vocabulary` | the words | those of [`StringLookup::adapt`] |
/// | `invert` | whether to go back from numbers to words | false |
/// | `output_mode` | `"int"`: the numbers; `"one_hot"`, `"multi_hot"`, `"count"`: for each example, which there are, or how often | `"int"` |
/// | `pad_to_max_tokens` | whether those have a place for each of `max_tokens` | false |
/// | `name`, `trainable`, `dtype`, `input_shape` | as for every layer; the type of what comes out | int64, or float32 |
///
/// # Shapes
/// `"int"`: any, output the same, int64. Otherwise input `[batch]` or `[batch, words]`, output `[batch, vocabulary]`.
///
/// ```
/// use hub_core::Tensor;
/// use hub_layers::{Sequential, layers::StringLookup};
/// let model = Sequential::new().add(StringLookup::new().vocabulary(["cat", "dog"])).build()?;
/// let y = model.predict(Tensor::from(["dog", "cat", "cow"]))?;
/// assert_eq!(y.tensor()?.as_slice::<i64>()?, [2, 1, 0]);
/// # Ok::<(), hub_layers::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StringLookup {
    vocabulary: Vocabulary,
    invert: bool,
    options: LayerOptions,
}

impl Default for StringLookup {
    fn default() -> StringLookup {
        StringLookup::new()
    }
}

impl StringLookup {
    /// A layer without words.
    pub fn new() -> StringLookup {
        let options = LayerOptions { dtype: DType::I64, ..LayerOptions::default() };
        StringLookup { vocabulary: Vocabulary::new(None), invert: false, options }
    }

    /// How many numbers there are for words that are not in the vocabulary; at least one. Default: 1.
    pub fn num_oov_indices(mut self, num_oov_indices: usize) -> Self {
        self.vocabulary.num_oov_indices = num_oov_indices;
        self
    }

    /// The word whose number is 0. Default: none.
    pub fn mask_token(mut self, mask_token: impl Into<String>) -> Self {
        self.vocabulary.mask_token = Some(mask_token.into());
        self
    }

    /// What comes back for a number of no word. Default: `"[UNK]"`.
    pub fn oov_token(mut self, oov_token: impl Into<String>) -> Self {
        self.vocabulary.oov_token = oov_token.into();
        self
    }

    /// Whether to go back from numbers to words. Default: false.
    pub fn invert(mut self, invert: bool) -> Self {
        self.invert = invert;
        self
    }

    /// `"int"`, `"one_hot"`, `"multi_hot"` or `"count"`. Default: `"int"`.
    pub fn output_mode(mut self, output_mode: impl Into<String>) -> Self {
        self.vocabulary.output_mode = output_mode.into();
        self
    }

    vocabulary_builders!();
    option_builders!();

    /// With the words in the features of a data set, the most frequent first.
    ///
    /// # Errors
    /// [`Error::BadConfig`](crate::Error::BadConfig) where there are words already, and for features that are no strings;
    /// those of the data.
    pub fn adapt(mut self, data: &Dataset) -> Result<Self> {
        if !self.vocabulary.words.is_empty() {
            return Err(unfit("a layer without a vocabulary", "one that has words"));
        }
        let mut counts = HashMap::new();
        for element in data.iter()? {
            let element = element?;
            let Nest::Leaf(words) = &element.x else { return Err(unfit("one tensor of features", element.x.kind())) };
            words.as_strings()?.iter().for_each(|word| *counts.entry(word.clone()).or_insert(0) += 1);
        }
        self.vocabulary.learn(counts);
        Ok(self)
    }
}

impl Layer for StringLookup {
    fn class_name(&self) -> &str {
        "StringLookup"
    }

    fn name(&self) -> Option<&str> {
        self.options.name.as_deref()
    }

    fn trainable(&self) -> bool {
        self.options.trainable
    }

    fn dtype(&self) -> DType {
        self.options.dtype
    }

    fn config(&self) -> Result<Config> {
        config_of(self, "keras.layers")
    }

    fn input(&self) -> Result<Option<Nest<InputSpec>>> {
        let dtype = if self.invert { DType::I64 } else { DType::String };
        Ok(self.options.input_shape.as_ref().map(|shape| Nest::Leaf(InputSpec::new(dtype, with_batch(shape)))))
    }

    fn build<'g>(&self, build: &mut Build<'g>, inputs: &Nest<Node<'g>>) -> Result<()> {
        let (place, words) = (build.place(), build.place().single(inputs)?);
        self.vocabulary.check(place)?;
        if self.vocabulary.num_oov_indices == 0 {
            return Err(place.invalid_argument("num_oov_indices", "1 or more", 0));
        }
        if self.vocabulary.is_int() && self.options.dtype.is_floating() {
            return Err(place.invalid_argument("dtype", "an integer type for `int`", self.options.dtype));
        }
        if self.invert && !self.vocabulary.is_int() {
            return Err(place.invalid_argument("output_mode", "`int` with `invert`", &self.vocabulary.output_mode));
        }
        let fits = if self.invert { words.dtype().is_integer() } else { words.dtype() == DType::String };
        if !fits {
            let expected = if self.invert { "whole numbers" } else { "strings" };
            return Err(place.input_mismatch(expected, format!("{} {}", words.dtype(), words.shape())));
        }
        if !self.vocabulary.is_int() && !matches!(words.shape().rank(), Some(1 | 2)) {
            return Err(place.input_mismatch("[batch] or [batch, words]", words.shape()));
        }
        Ok(())
    }

    fn call<'g>(&self, call: &mut Call<'g>, inputs: Nest<Node<'g>>) -> Result<Nest<Node<'g>>> {
        let words = call.place().single(&inputs)?;
        if self.invert {
            return Ok(Nest::Leaf(self.vocabulary.words_of(call, words)));
        }
        let numbers = self.vocabulary.numbers(call, words);
        if self.vocabulary.is_int() {
            return Ok(Nest::Leaf(numbers.cast(self.options.dtype)));
        }
        let rows = if words.shape().rank() == Some(1) { numbers.reshape(&[-1, 1]) } else { numbers };
        let dtype = if self.options.dtype.is_floating() { self.options.dtype } else { DType::F32 };
        Ok(Nest::Leaf(self.vocabulary.encode(rows, dtype)))
    }
}

class! { StringLookup = "StringLookup", |config| StringLookup::new(); invert = invert, num_oov_indices = vocabulary.num_oov_indices, oov_token = vocabulary.oov_token,
mask_token = vocabulary.mask_token; with options, vocabulary }

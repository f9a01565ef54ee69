//! Words and their numbers: what [`StringLookup`](super::StringLookup) and
//! [`TextVectorization`](super::TextVectorization) share.
//!
//! The numbers of a vocabulary begin with 0 for the mask, where there is one and numbers come out, then those of words
//! that are not in it, then the words.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use hub_core::graph::Node;
use hub_core::{DType, Tensor};

use crate::config::{Config, Reading};
use crate::error::{Error, Result};
use crate::layer::{Call, Place};

/// A vocabulary, and what comes out for its words.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    pub(super) words: Vec<Vec<u8>>,
    pub(super) max_tokens: Option<usize>,
    pub(super) num_oov_indices: usize,
    pub(super) mask_token: Option<String>,
    pub(super) oov_token: String,
    pub(super) output_mode: String,
    pub(super) pad_to_max_tokens: bool,
}

const MODES: [&str; 4] = ["int", "one_hot", "multi_hot", "count"];

impl Vocabulary {
    pub(super) fn new(mask_token: Option<&str>) -> Vocabulary {
        Vocabulary {
            words: Vec::new(),
            max_tokens: None,
            num_oov_indices: 1,
            mask_token: mask_token.map(str::to_owned),
            oov_token: "[UNK]".into(),
            output_mode: "int".into(),
            pad_to_max_tokens: false,
        }
    }

    /// Adds the arguments to the config of a layer.
    pub(super) fn write(&self, config: Config) -> Result<Config> {
        let text = |word: &Vec<u8>| {
            String::from_utf8(word.clone()).map_err(|_| Error::NoConfig {
                what: String::from_utf8_lossy(word).into_owned(),
                why: "a word that is no UTF-8 cannot be written".into(),
            })
        };
        let words = self.own_words().iter().map(text).collect::<Result<Vec<String>>>()?;
        let words = Some(words).filter(|words| !words.is_empty());
        let config = config.with("max_tokens", &self.max_tokens)?.with("vocabulary", &words)?;
        let config = config.with("output_mode", &self.output_mode)?;
        let config = config.with("pad_to_max_tokens", &self.pad_to_max_tokens)?;
        let config = config.with("vocabulary_size", &(self.word_start() + self.own_words().len()))?;
        config.with("sparse", &false)?.with("encoding", &String::from("utf-8"))
    }

    /// Takes the arguments out of the config of a layer.
    pub(super) fn read(&mut self, config: &mut Reading<'_>) -> Result<()> {
        let words: Option<Vec<String>> = config.optional("vocabulary")?.flatten();
        self.words = words.into_iter().flatten().map(String::into_bytes).collect();
        self.max_tokens = config.optional("max_tokens")?.flatten();
        self.output_mode = config.optional("output_mode")?.unwrap_or(self.output_mode.clone());
        self.pad_to_max_tokens = config.optional("pad_to_max_tokens")?.unwrap_or(self.pad_to_max_tokens);
        config.only("idf_weights", serde_json::Value::Null)?;
        config.only("sparse", false)?;
        config.only("encoding", "utf-8")?;
        config.ignored("vocabulary_size");
        Ok(())
    }

    pub(super) fn is_int(&self) -> bool {
        self.output_mode == "int"
    }

    /// The first number of a word that is not in the vocabulary.
    fn oov_start(&self) -> usize {
        usize::from(self.mask_token.is_some() && self.is_int())
    }

    /// The first number of a word.
    fn word_start(&self) -> usize {
        self.oov_start() + self.num_oov_indices
    }

    /// What stands for the numbers before the words.
    fn special(&self) -> Vec<Vec<u8>> {
        let mask = self.mask_token.iter().filter(|_| self.is_int()).map(|mask| mask.clone().into_bytes());
        mask.chain(vec![self.oov_token.clone().into_bytes(); self.num_oov_indices]).collect()
    }

    /// The words without the special ones in front of them, where those are given too.
    fn own_words(&self) -> &[Vec<u8>] {
        self.words.strip_prefix(self.special().as_slice()).unwrap_or(&self.words)
    }

    /// All words in the order of their numbers.
    pub(super) fn all(&self) -> Vec<String> {
        let all = self.special().into_iter().chain(self.own_words().iter().cloned());
        all.map(|word| String::from_utf8_lossy(&word).into_owned()).collect()
    }

    /// How many numbers there are.
    fn depth(&self) -> usize {
        let size = self.word_start() + self.own_words().len();
        self.max_tokens.filter(|_| self.pad_to_max_tokens).unwrap_or(size)
    }

    /// Takes the words that were counted, the most frequent first and of those as frequent the last of the alphabet.
    pub(super) fn learn(&mut self, mut counts: HashMap<Vec<u8>, u64>) {
        if let Some(mask) = &self.mask_token {
            counts.remove(mask.as_bytes());
        }
        counts.remove(self.oov_token.as_bytes());
        let mut words: Vec<_> = counts.into_iter().map(|(word, count)| (count, word)).collect();
        words.sort_unstable_by(|one, other| other.cmp(one));
        let most = self.max_tokens.map_or(usize::MAX, |most| most.saturating_sub(self.word_start()));
        self.words = words.into_iter().take(most).map(|(_, word)| word).collect();
    }

    /// Refuses a vocabulary that cannot be.
    pub(super) fn check(&self, place: &Place) -> Result<()> {
        if !MODES.contains(&self.output_mode.as_str()) {
            return Err(place.unknown_name("output_mode", &self.output_mode, MODES));
        }
        if let Some(most) =
            self.max_tokens.filter(|most| *most <= 1 || *most < self.word_start() + self.own_words().len())
        {
            let expected =
                format!("2 or more, and no fewer than the {} words", self.word_start() + self.own_words().len());
            return Err(place.invalid_argument("max_tokens", expected, most));
        }
        if self.pad_to_max_tokens && self.max_tokens.is_none() {
            return Err(place.invalid_argument("pad_to_max_tokens", "`max_tokens` with it", "none"));
        }
        let mut seen = std::collections::HashSet::new();
        for word in self.own_words() {
            if !seen.insert(word) || self.mask_token.as_ref().map(String::as_bytes) == Some(word.as_slice()) {
                let found = format!("`{}`", String::from_utf8_lossy(word));
                return Err(place.invalid_argument("vocabulary", "each word once, and special ones in front", found));
            }
        }
        Ok(())
    }

    /// The number of each word, int64; for what is not `int`, that of the mask is beyond all.
    pub(super) fn numbers<'g>(&self, call: &Call<'g>, words: Node<'g>) -> Node<'g> {
        let scope = call.scope();
        let start = self.word_start() as i64;
        let numbers = Tensor::vector((start..start + self.own_words().len() as i64).collect());
        let default = match self.num_oov_indices {
            1 => self.oov_start() as i64,
            _ => -1,
        };
        let mut found = self.table(call, words, self.word_tensor(), numbers, Tensor::scalar(default));
        let is_oov = |found: Node<'g>| scope.op("Less").input(found).input(scope.constant(0_i64)).build();
        let choose = |which: Node<'g>, yes: Node<'g>, no: Node<'g>| {
            scope.op("SelectV2").input(which).input(yes).input(no).build()
        };
        if self.num_oov_indices > 1 {
            let hashed = scope.op("StringToHashBucketFast").input(words);
            let hashed = hashed.attr("num_buckets", self.num_oov_indices as i64).build() + self.oov_start() as i64;
            found = choose(is_oov(found), hashed, found);
        }
        if let Some(mask) = &self.mask_token {
            let mask = scope.constant(one_string(mask.as_bytes()));
            let is_mask = scope.op("Equal").input(words).input(mask).build();
            found = choose(is_mask, scope.constant(if self.is_int() { 0 } else { i64::MAX }), found);
        }
        found
    }

    /// The word of each number.
    pub(super) fn words_of<'g>(&self, call: &Call<'g>, numbers: Node<'g>) -> Node<'g> {
        let start = self.word_start() as i64;
        let (mut keys, mut words): (Vec<i64>, Vec<_>) = (start..).zip(self.own_words().iter().cloned()).unzip();
        if let Some(mask) = &self.mask_token {
            keys.push(0);
            words.push(mask.clone().into_bytes());
        }
        let words = Tensor::strings(&[words.len()], words).unwrap_or_else(|_| Tensor::vector(Vec::<i64>::new()));
        self.table(call, numbers.cast(DType::I64), Tensor::vector(keys), words, one_string(self.oov_token.as_bytes()))
    }

    fn word_tensor(&self) -> Tensor {
        let words = self.own_words();
        Tensor::strings(&[words.len()], words.iter().cloned()).unwrap_or_else(|_| Tensor::vector(Vec::<i64>::new()))
    }

    /// What a table gives for these keys.
    fn table<'g>(&self, call: &Call<'g>, asked: Node<'g>, keys: Tensor, values: Tensor, default: Tensor) -> Node<'g> {
        let scope = call.scope();
        // Each graph of a model writes the table once more; the session keeps one by this name.
        let mut hasher = DefaultHasher::new();
        (self.own_words(), self.word_start(), keys.dtype().number(), &self.mask_token).hash(&mut hasher);
        let name = format!("{}/vocabulary/{:016x}", call.place().name(), hasher.finish());
        let table = scope.op("HashTableV2").attr("shared_name", name);
        let table = table.attr("key_dtype", keys.dtype()).attr("value_dtype", values.dtype()).build();
        // A table that has its words already takes no others, and looks at no more than how many there are.
        let fill =
            scope.op("LookupTableImportV2").input(table).input(scope.constant(keys)).input(scope.constant(values));
        let fill = fill.build_operation();
        let found = scope.op("LookupTableFindV2").input(table).input(asked).input(scope.constant(default));
        let found = found.control_input(fill).build();
        // The graph does not know that what comes out has the shape of what was asked.
        let shape = asked.shape();
        match shape.dimensions() {
            Some(sizes)
                if found.shape().rank().is_none() && sizes.iter().filter(|size| size.is_none()).count() <= 1 =>
            {
                let sizes: Vec<i32> = sizes.iter().map(|size| size.map_or(-1, |size| size as i32)).collect();
                found.reshape(&sizes)
            }
            _ => found,
        }
    }

    /// Numbers `[batch, n]` in the form that is asked for, where that is not `int`: for each example, which numbers there
    /// are, or how often.
    pub(super) fn encode<'g>(&self, numbers: Node<'g>, dtype: DType) -> Node<'g> {
        let scope = numbers.scope();
        let depth = scope.constant(self.depth() as i64);
        let none = scope.constant(Tensor::vector(Vec::<f32>::new()));
        let counts = scope.op("DenseBincount").input(numbers).input(depth).input(none);
        let counts = counts.attr("binary_output", self.output_mode != "count").build();
        counts.reshape(&[-1, self.depth() as i32]).cast(dtype)
    }
}

fn one_string(bytes: &[u8]) -> Tensor {
    Tensor::strings(&[], [bytes.to_vec()]).unwrap_or_else(|_| Tensor::from(""))
}

/// The error of adapting.
pub(super) fn unfit(expected: impl Into<String>, found: impl Into<String>) -> Error {
    Error::BadConfig { argument: "adapt".into(), expected: expected.into(), found: found.into() }
}

/// The builder methods of a layer with a field `vocabulary: Vocabulary`.
macro_rules! vocabulary_builders {
    () => {
        /// The most words, special ones among them. Default: all.
        pub fn max_tokens(mut self, max_tokens: usize) -> Self {
            self.vocabulary.max_tokens = Some(max_tokens);
            self
        }

        /// The words, in the order of their numbers, with the special ones in front of them or without. Default: those
        /// that `adapt` finds.
        pub fn vocabulary<W: Into<Vec<u8>>>(mut self, vocabulary: impl IntoIterator<Item = W>) -> Self {
            self.vocabulary.words = vocabulary.into_iter().map(Into::into).collect();
            self
        }

        /// Whether what is not `"int"` has a place for each of `max_tokens`. Default: false.
        pub fn pad_to_max_tokens(mut self, pad_to_max_tokens: bool) -> Self {
            self.vocabulary.pad_to_max_tokens = pad_to_max_tokens;
            self
        }

        /// All words in the order of their numbers, special ones first.
        pub fn get_vocabulary(&self) -> Vec<String> {
            self.vocabulary.all()
        }
    };
}

pub(super) use vocabulary_builders;

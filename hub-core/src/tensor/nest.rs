//! Nests of dicts, lists and tuples around leaves of one kind, in Python's order.
//!
//! [`Structure`](super::Structure) is a nest of values; a function's signature is a nest of specs. What a leaf is and
//! how it splits into tensors is not known here.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;

/// Leaves in dicts, lists and tuples, nested in any way.
///
/// Flattening goes by sorted key through dicts, in order through the others; [`Nest::None`] holds nothing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Nest<L> {
    /// Python's `None`.
    None,
    /// One leaf.
    Leaf(L),
    /// A list.
    List(Vec<Nest<L>>),
    /// A tuple.
    Tuple(Vec<Nest<L>>),
    /// A named tuple, its fields in their own order.
    NamedTuple {
        /// The name of its class.
        name: String,
        /// Names and values of the fields.
        fields: Vec<(String, Nest<L>)>,
    },
    /// A dict with string keys.
    Dict(BTreeMap<String, Nest<L>>),
}

impl<L> Nest<L> {
    /// The leaves, in flattening order.
    pub fn leaves(&self) -> Vec<&L> {
        let mut leaves = Vec::new();
        self.visit(&mut |leaf| leaves.push(leaf));
        leaves
    }

    fn visit<'a>(&'a self, visitor: &mut impl FnMut(&'a L)) {
        match self {
            Nest::None => {}
            Nest::Leaf(leaf) => visitor(leaf),
            Nest::List(items) | Nest::Tuple(items) => items.iter().for_each(|item| item.visit(visitor)),
            Nest::NamedTuple { fields, .. } => fields.iter().for_each(|(_, item)| item.visit(visitor)),
            Nest::Dict(entries) => entries.values().for_each(|item| item.visit(visitor)),
        }
    }

    /// The same nest around what `convert` makes of each leaf, in flattening order.
    ///
    /// # Errors
    /// The first error of `convert`.
    pub fn try_map<M, E>(&self, convert: &mut impl FnMut(&L) -> Result<M, E>) -> Result<Nest<M>, E> {
        self.try_expand(&mut |leaf| convert(leaf).map(Nest::Leaf))
    }

    /// The same nest with another nest in the place of each leaf, in flattening order.
    ///
    /// # Errors
    /// The first error of `expand`.
    pub fn try_expand<M, E>(&self, expand: &mut impl FnMut(&L) -> Result<Nest<M>, E>) -> Result<Nest<M>, E> {
        Ok(match self {
            Nest::None => Nest::None,
            Nest::Leaf(leaf) => expand(leaf)?,
            Nest::List(items) => {
                Nest::List(items.iter().map(|item| item.try_expand(expand)).collect::<Result<_, E>>()?)
            }
            Nest::Tuple(items) => {
                Nest::Tuple(items.iter().map(|item| item.try_expand(expand)).collect::<Result<_, E>>()?)
            }
            Nest::NamedTuple { name, fields } => Nest::NamedTuple {
                name: name.clone(),
                fields: fields
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), item.try_expand(expand)?)))
                    .collect::<Result<_, E>>()?,
            },
            Nest::Dict(entries) => Nest::Dict(
                entries
                    .iter()
                    .map(|(key, item)| Ok((key.clone(), item.try_expand(expand)?)))
                    .collect::<Result<_, E>>()?,
            ),
        })
    }

    /// The entry of a dict or named tuple.
    pub fn get(&self, key: &str) -> Option<&Nest<L>> {
        match self {
            Nest::Dict(entries) => entries.get(key),
            Nest::NamedTuple { fields, .. } => fields.iter().find(|(name, _)| name == key).map(|(_, item)| item),
            _ => None,
        }
    }

    /// The item of a list or tuple.
    pub fn at(&self, index: usize) -> Option<&Nest<L>> {
        match self {
            Nest::List(items) | Nest::Tuple(items) => items.get(index),
            Nest::NamedTuple { fields, .. } => fields.get(index).map(|(_, item)| item),
            _ => None,
        }
    }

    /// The keys of a dict or named tuple; empty for the rest.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Nest::Dict(entries) => entries.keys().map(String::as_str).collect(),
            Nest::NamedTuple { fields, .. } => fields.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// What kind of node this is, in words for messages: `a dict with the keys a, b`.
    pub fn kind(&self) -> String {
        match self {
            Nest::None => "None".into(),
            Nest::Leaf(_) => "a single value".into(),
            Nest::List(items) => format!("a list of {}", items.len()),
            Nest::Tuple(items) => format!("a tuple of {}", items.len()),
            Nest::NamedTuple { name, .. } => format!("a named tuple {name}"),
            Nest::Dict(_) => format!("a dict with the keys {}", self.keys().join(", ")),
        }
    }
}

impl<L> Index<&str> for Nest<L> {
    type Output = Nest<L>;

    /// The entry of a dict or named tuple.
    ///
    /// # Panics
    /// Where there is no such key; [`Nest::get`] gives an `Option`.
    fn index(&self, key: &str) -> &Nest<L> {
        match self.get(key) {
            Some(item) => item,
            None => panic!("no key `{key}` in {}", self.kind()),
        }
    }
}

impl<L> Index<usize> for Nest<L> {
    type Output = Nest<L>;

    /// The item of a list or tuple.
    ///
    /// # Panics
    /// Where there is no such item; [`Nest::at`] gives an `Option`.
    fn index(&self, index: usize) -> &Nest<L> {
        match self.at(index) {
            Some(item) => item,
            None => panic!("no item {index} in {}", self.kind()),
        }
    }
}

impl<L: fmt::Display> fmt::Display for Nest<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn items<'a, T: fmt::Display + 'a>(
            f: &mut fmt::Formatter<'_>,
            open: &str,
            values: impl Iterator<Item = (Option<&'a String>, &'a T)>,
            close: &str,
        ) -> fmt::Result {
            f.write_str(open)?;
            for (index, (key, value)) in values.enumerate() {
                let separator = if index > 0 { ", " } else { "" };
                match key {
                    Some(key) => write!(f, "{separator}{key}: {value}")?,
                    None => write!(f, "{separator}{value}")?,
                }
            }
            f.write_str(close)
        }
        match self {
            Nest::None => f.write_str("None"),
            Nest::Leaf(leaf) => leaf.fmt(f),
            Nest::List(values) => items(f, "[", values.iter().map(|value| (None, value)), "]"),
            Nest::Tuple(values) => items(f, "(", values.iter().map(|value| (None, value)), ")"),
            Nest::NamedTuple { name, fields } => {
                f.write_str(name)?;
                items(f, "(", fields.iter().map(|(key, value)| (Some(key), value)), ")")
            }
            Nest::Dict(entries) => items(f, "{", entries.iter().map(|(key, value)| (Some(key), value)), "}"),
        }
    }
}

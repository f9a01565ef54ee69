//! Names that TensorFlow takes for nodes and for arguments, each given once.

use std::collections::BTreeSet;

/// Names in use.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// The name in legal form, or that with the next free number.
    pub(super) fn unique(&mut self, wanted: &str) -> String {
        let wanted = legal_name(wanted);
        let mut name = wanted.clone();
        let mut number = 0;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}_{number}");
        }
        name
    }

    /// The same for an argument of a function: lower case, digits and `_`.
    pub(super) fn unique_argument(&mut self, wanted: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let name: String = wanted.chars().map(plain).collect();
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
        self.unique(&if starts { name } else { format!("argument_{name}") })
    }
}

/// A name that TensorFlow takes: letters, digits and `_.-/`, beginning with a letter, digit or dot.
pub(crate) fn legal_name(name: &str) -> String {
    let legal = name.chars().map(|c| if c.is_ascii_alphanumeric() || "_.-/".contains(c) { c } else { '_' });
    let mut legal: String = legal.collect();
    if !legal.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.') {
        legal.insert(0, 'n');
    }
    legal
}

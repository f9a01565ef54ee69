//! The variables of a module under the names that its author gave them; parts of one tensor are one variable.

use std::collections::BTreeMap;

use hub_core::Tensor;
use hub_core::model::ModelVariable;

use super::Module;
use crate::error::Result;

/// A variable of a module, whole or in parts.
#[derive(Debug, Clone)]
pub struct ModuleVariable {
    name: String,
    /// The parts in their order; the only one of a variable that is whole.
    parts: Vec<ModelVariable>,
}

impl ModuleVariable {
    /// The name, without that of the module and without that of a part.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parts along the first dimension in their order; one where the variable is whole.
    pub fn parts(&self) -> &[ModelVariable] {
        &self.parts
    }

    /// Whether it is in parts: Python gives a list for such a variable.
    pub fn is_partitioned(&self) -> bool {
        self.parts.len() > 1 || self.parts.first().is_some_and(|part| part.name() != self.name)
    }

    /// The value now, of a variable in parts those one below the other.
    ///
    /// # Errors
    /// Those of [`ModelVariable::value`]; [`ShapeMismatch`](hub_core::Error::ShapeMismatch) for parts along another
    /// dimension than the first.
    pub fn value(&self) -> Result<Tensor> {
        let parts: Vec<Tensor> = self.parts.iter().map(ModelVariable::value).collect::<hub_core::Result<_>>()?;
        match parts.as_slice() {
            [whole] => Ok(whole.clone()),
            _ => Ok(Tensor::concatenate(&parts)?),
        }
    }
}

impl Module {
    /// The variables by name: `hub.Module.variable_map`.
    pub fn variable_map(&self) -> BTreeMap<String, ModuleVariable> {
        let mut numbered: BTreeMap<String, Vec<(usize, ModelVariable)>> = BTreeMap::new();
        for variable in self.model().variables() {
            let (name, part) = whole_name(variable.name());
            numbered.entry(name).or_default().push((part, variable));
        }
        let whole = |(name, mut parts): (String, Vec<(usize, ModelVariable)>)| {
            // The twenty-fifth part comes after the third.
            parts.sort_by_key(|(number, _)| *number);
            let parts = parts.into_iter().map(|(_, part)| part).collect();
            (name.clone(), ModuleVariable { name, parts })
        };
        numbered.into_iter().map(whole).collect()
    }

    /// All variables, part by part, by the names of the map.
    pub fn variables(&self) -> Vec<ModelVariable> {
        self.variable_map().into_values().flat_map(|variable| variable.parts).collect()
    }

    /// The variables that training changes; none where the module is not trainable.
    pub fn trainable_variables(&self) -> Vec<ModelVariable> {
        self.model().trainable_variables()
    }
}

/// The name of the variable that a part is of, and the part's number.
fn whole_name(name: &str) -> (String, usize) {
    let part = name.rsplit_once("/part_").and_then(|(whole, number)| Some((whole, number.parse().ok()?)));
    part.map_or_else(|| (name.to_owned(), 0), |(whole, number)| (whole.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::whole_name;

    #[test]
    fn parts_are_told_by_their_names() {
        assert_eq!(whole_name("a/w/part_12"), ("a/w".into(), 12));
        for whole in ["a/w", "a/part_x", "part_1", "a/part_"] {
            assert_eq!(whole_name(whole), (whole.into(), 0));
        }
    }
}

//! What is given to a module, held against what a signature takes: Python's checks, in Python's order.

use std::collections::BTreeMap;

use hub_core::{Arguments, Nest, Structure, Value};

use crate::error::{Error, Result};
use crate::spec::{DEFAULT, ParsedTensorInfo};

/// What a signature takes, by name.
type Infos = BTreeMap<String, ParsedTensorInfo>;

/// The inputs by name: those of a dict, by keyword, or the only one.
pub(super) fn named(signature: &str, arguments: Arguments, infos: &Infos) -> Result<BTreeMap<String, Structure>> {
    let mut positional = arguments.positional;
    let given = match (positional.pop(), positional.is_empty()) {
        (None, _) => None,
        (Some(only), true) => Some(only),
        (Some(_), false) => return Err(several(signature, infos)),
    };
    let mut inputs = named_values(signature, given, infos, !arguments.keywords.is_empty())?;
    inputs.extend(arguments.keywords);
    check_keys(signature, &inputs, infos)?;
    Ok(inputs)
}

/// The values by name: those of a dict, or the only one.
pub(super) fn named_values<V>(
    signature: &str,
    given: Option<Nest<V>>,
    infos: &BTreeMap<String, ParsedTensorInfo>,
    has_keywords: bool,
) -> Result<BTreeMap<String, Nest<V>>> {
    match given {
        None | Some(Nest::None) => Ok(BTreeMap::new()),
        Some(Nest::Dict(entries)) => Ok(entries),
        Some(_) if infos.is_empty() => Err(Error::NoInputsExpected { signature: signature.to_owned() }),
        Some(only) if infos.len() == 1 && !has_keywords => Ok(infos.keys().cloned().zip([only]).collect()),
        Some(_) => Err(several(signature, infos)),
    }
}

pub(super) fn check_keys<V>(signature: &str, inputs: &BTreeMap<String, V>, infos: &Infos) -> Result<()> {
    let missing: Vec<String> = infos.keys().filter(|name| !inputs.contains_key(*name)).cloned().collect();
    let extra: Vec<String> = inputs.keys().filter(|name| !infos.contains_key(*name)).cloned().collect();
    match missing.is_empty() && extra.is_empty() {
        true => Ok(()),
        false => Err(Error::InputKeys { signature: signature.to_owned(), missing, extra }),
    }
}

/// Sparse for sparse, ragged for ragged, and so on.
pub(super) fn check_kinds(inputs: &BTreeMap<String, Structure>, infos: &Infos) -> Result<()> {
    for (name, value) in inputs {
        let found = match value {
            Nest::Leaf(Value::Sparse(_)) => "SparseTensor".to_owned(),
            Nest::Leaf(Value::Ragged(_)) => "RaggedTensor".to_owned(),
            // Numbers in lists become tensors.
            Nest::Leaf(_) | Nest::List(_) | Nest::Tuple(_) => "Tensor".to_owned(),
            other => other.kind(),
        };
        let expected = infos.get(name).map_or_else(|| found.clone(), ParsedTensorInfo::kind);
        if expected != found {
            return Err(Error::InputKind { input: name.clone(), expected, found });
        }
    }
    Ok(())
}

/// The output `default` of a dict of outputs.
pub(super) fn default_output<V>(outputs: Nest<V>) -> Result<Nest<V>> {
    match outputs {
        Nest::Dict(mut entries) => match entries.remove(DEFAULT) {
            Some(output) => Ok(output),
            None => Err(Error::NoDefaultOutput { outputs: entries.into_keys().collect() }),
        },
        other => Ok(other),
    }
}

fn several(signature: &str, infos: &Infos) -> Error {
    Error::SeveralInputs { signature: signature.to_owned(), inputs: infos.keys().cloned().collect() }
}

//! Attributes of a function body: values that come from the calling node, lengths of lists.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::saved_model::proto::{ArgDef, AttrList, AttrValue, AttrValueValue, NameAttrList};

/// The attribute with the values of the calling node in the place of placeholders.
pub(super) fn resolve(value: &AttrValue, caller: &BTreeMap<String, AttrValue>) -> Result<AttrValue> {
    let resolved = match &value.value {
        Some(AttrValueValue::Placeholder(name)) => {
            return caller.get(name).cloned().ok_or_else(|| {
                Error::structure(format!("the attribute `{name}` is to come from the calling node, which has none"))
            });
        }
        Some(AttrValueValue::Func(function)) => AttrValueValue::Func(Box::new(resolve_function(function, caller)?)),
        Some(AttrValueValue::List(list)) if !list.func.is_empty() => {
            let func = list.func.iter().map(|function| resolve_function(function, caller)).collect::<Result<_>>()?;
            AttrValueValue::List(Box::new(AttrList { func, ..(**list).clone() }))
        }
        _ => return Ok(value.clone()),
    };
    Ok(AttrValue { value: Some(resolved) })
}

fn resolve_function(function: &NameAttrList, caller: &BTreeMap<String, AttrValue>) -> Result<NameAttrList> {
    let attr = function.attr.iter().map(|(key, value)| Ok((key.clone(), resolve(value, caller)?)));
    Ok(NameAttrList { name: function.name.clone(), attr: attr.collect::<Result<_>>()? })
}

/// How many tensors an argument stands for; `None` for one that is no list.
pub(super) fn list_length(argument: &ArgDef, attributes: &BTreeMap<String, AttrValue>) -> Option<usize> {
    let value = |name: &str| attributes.get(name).and_then(|attribute| attribute.value.as_ref());
    if !argument.number_attr.is_empty() {
        return match value(&argument.number_attr) {
            Some(AttrValueValue::I(count)) => Some(usize::try_from(*count).unwrap_or(0)),
            _ => Some(0),
        };
    }
    if !argument.type_list_attr.is_empty() {
        return match value(&argument.type_list_attr) {
            Some(AttrValueValue::List(list)) => Some(list.r#type.len()),
            _ => Some(0),
        };
    }
    None
}

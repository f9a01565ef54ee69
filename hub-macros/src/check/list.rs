//! The items of a list, and names that stand twice in it.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned as _;

use super::{CheckedLayer, layer};
use crate::ast::{Conditional, Item};
use crate::literal;
use crate::report::{self, Report};

/// One item without mistakes.
pub(crate) enum CheckedItem {
    /// A layer.
    Layer(CheckedLayer),
    /// Layers from elsewhere.
    Spread(Expr),
    /// Layers that may be there.
    If(Conditional<Vec<CheckedItem>>),
    /// What has a mistake: whatever comes out of it.
    Wrong,
}

/// Checks all items.
pub(crate) fn items(items: Vec<Item>, report: &mut Report) -> Vec<CheckedItem> {
    let checked: Vec<CheckedItem> = items.into_iter().map(|one| item(one, report)).collect();
    unique_names(&checked, &mut BTreeSet::new(), report);
    checked
}

fn item(item: Item, report: &mut Report) -> CheckedItem {
    match item {
        Item::Layer(call) => layer::layer(call, report).map_or(CheckedItem::Wrong, CheckedItem::Layer),
        Item::Spread(layers) => CheckedItem::Spread(layers),
        Item::If(Conditional { condition, then, otherwise, place }) => {
            let mut branch = |items: Vec<Item>| items.into_iter().map(|one| self::item(one, report)).collect();
            let then = branch(then);
            CheckedItem::If(Conditional { condition, then, otherwise: otherwise.map(branch), place })
        }
    }
}

/// The name of a layer, where it can be read.
pub(crate) fn name_of(layer: &CheckedLayer) -> Option<(String, Span)> {
    if let Some(name) = &layer.name {
        return Some((name.to_string(), name.span()));
    }
    let (_, value) = layer.keyword("name")?;
    Some((literal::text(&value.given)?, value.given.span()))
}

/// Two branches may use one name, since only one of them is there.
fn unique_names(items: &[CheckedItem], taken: &mut BTreeSet<String>, report: &mut Report) {
    for item in items {
        match item {
            CheckedItem::Layer(layer) => {
                if let Some((name, place)) = name_of(layer)
                    && !taken.insert(name.clone())
                {
                    report.add(place, report::same_name(&name));
                }
            }
            CheckedItem::If(Conditional { then, otherwise, .. }) => {
                let mut in_then = taken.clone();
                unique_names(then, &mut in_then, report);
                let mut in_else = taken.clone();
                unique_names(otherwise.as_deref().unwrap_or_default(), &mut in_else, report);
                taken.extend(in_then);
                taken.extend(in_else);
            }
            CheckedItem::Spread(_) | CheckedItem::Wrong => {}
        }
    }
}

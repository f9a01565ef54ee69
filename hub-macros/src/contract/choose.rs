//! The arguments of a `KerasLayer` against the description of its model.

use hub_core::Nest;
use hub_core::saved_model::describe::{Callable, MetaGraph};
use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned as _;

use super::rules::{self, Broken, Offered, Selection, Wanted};
use super::{Called, Contract, Contracts, Found, Target, handle};
use crate::check::CheckedLayer;
use crate::check::keras_layer::{self, Chosen, Given};
use crate::literal;
use crate::nearest::nearest;
use crate::report::{self, Report};

/// What the layer calls; `None` where its model is not at hand, or something does not fit, which is reported.
pub(super) fn target(contracts: &mut Contracts, layer: &CheckedLayer, report: &mut Report) -> Option<Target> {
    let handle = layer.argument("handle")?;
    let text = handle::text_of(handle)?;
    let contract = match contracts.find(&text) {
        Found::Contract(contract) => contract,
        Found::Nothing => {
            keras_layer::without_model(layer, report);
            return None;
        }
        Found::Mistake(mistake) => {
            report.push(syn::Error::new_spanned(handle, mistake));
            return None;
        }
    };
    let before = report.count();
    let target = against(contract, layer, report)?;
    (before == report.count()).then_some(target)
}

fn against(contract: Contract, layer: &CheckedLayer, report: &mut Report) -> Option<Target> {
    let place = |argument: &str| layer.keyword(argument).map_or_else(|| layer.place(), |(name, _)| name.span());
    let meta_graph = meta_graph(&contract, layer, report)?;
    let graph = &contract.description.meta_graphs[meta_graph];
    let is_hub_format = graph.format == "TF1 Hub module";
    let chosen = Chosen::of(layer);
    let Selection { signature, output_key } = select(graph, &chosen, layer, &contract.handle, report)?;
    let called = match &signature {
        Some(name) => Called::Signature(graph.signatures.iter().position(|own| own.name == *name)?),
        None => Called::Object(graph.callables.iter().position(|callable| callable.path.is_empty())?),
    };
    if chosen.trainable == Given::As(true) {
        let trains = graph.variables.iter().any(|variable| variable.trainable != Some(false));
        match (is_hub_format, signature.is_some()) {
            (true, _) => report.add(place("trainable"), report::TRAINABLE_HUB_FORMAT),
            (false, true) => report.add(place("trainable"), report::TRAINABLE_SIGNATURE),
            (false, false) if !trains => report.add(place("trainable"), report::nothing_to_train(&contract.handle)),
            (false, false) => {}
        }
    }
    let key_place = layer.keyword("output_key").map_or_else(|| layer.place(), |(_, value)| value.given.span());
    check_key(graph, &called, output_key.as_deref(), key_place, &contract.handle, report);
    let arguments = arguments(graph, &called, layer, &contract.handle, report);
    Some(Target { contract, meta_graph, called, output_key, arguments })
}

/// The meta graph that the tags choose.
fn meta_graph(contract: &Contract, layer: &CheckedLayer, report: &mut Report) -> Option<usize> {
    let description = &contract.description;
    let available = || -> Vec<String> {
        let set = |tags: &Vec<String>| {
            format!("[{}]", tags.iter().map(|tag| format!("{tag:?}")).collect::<Vec<_>>().join(", "))
        };
        description.tag_sets.iter().map(set).collect()
    };
    match layer.argument("tags") {
        Some(given) => {
            let mut wanted: Vec<String> = literal::list(given)?.iter().map(literal::text).collect::<Option<_>>()?;
            wanted.sort();
            let same = |graph: &MetaGraph| {
                let mut tags = graph.tags.clone();
                tags.sort();
                tags == wanted
            };
            let found = description.meta_graphs.iter().position(same);
            if found.is_none() {
                report.push(syn::Error::new_spanned(given, report::no_such_tags(&contract.handle, &available())));
            }
            found
        }
        None if layer.argument("load_options").is_some() => (description.meta_graphs.len() == 1).then_some(0),
        None => match &description.meta_graphs[..] {
            [_] => Some(0),
            graphs => {
                // A module of TF1 without further word is the graph without tags.
                let plain = graphs.iter().position(|graph| graph.tags.is_empty() && graph.format == "TF1 Hub module");
                if plain.is_none() {
                    report.add(layer.place(), report::tags_needed(&contract.handle, &available()));
                }
                plain
            }
        },
    }
}

/// What the rules select; the mistake stands at the argument that is at fault.
fn select(
    graph: &MetaGraph,
    chosen: &Chosen,
    layer: &CheckedLayer,
    handle: &str,
    report: &mut Report,
) -> Option<Selection> {
    let names: Vec<&str> = graph.signatures.iter().map(|signature| signature.name.as_str()).collect();
    let offered = Offered {
        is_hub_format: graph.format == "TF1 Hub module",
        is_callable: graph.callables.iter().any(|callable| callable.path.is_empty()),
        signatures: &names,
    };
    let wanted = Wanted {
        signature: known(&chosen.signature)?,
        output_key: known(&chosen.output_key)?,
        as_dict: match chosen.as_dict {
            Given::No => false,
            Given::As(as_dict) => as_dict,
            Given::Somehow => return None,
        },
    };
    let place = |argument: &str| layer.keyword(argument).map_or_else(|| layer.place(), |(name, _)| name.span());
    let value_place =
        |argument: &str| layer.argument(argument).map_or_else(|| layer.place(), syn::spanned::Spanned::span);
    match rules::select(offered, wanted) {
        Ok(selection) => return Some(selection),
        Err(Broken::SignatureOutput { both: true }) => report.add(place("output_key"), report::BOTH_OUTPUTS),
        Err(Broken::SignatureOutput { both: false }) => {
            let outputs = wanted.signature.and_then(|name| graph.signatures.iter().find(|own| own.name == name));
            let keys: Vec<&str> = outputs.iter().flat_map(|own| &own.outputs).map(|own| own.name.as_str()).collect();
            report.add(place("signature"), report::neither_output(&keys));
        }
        Err(Broken::DictWithoutSignature) => {
            report.add(place("signature_outputs_as_dict"), report::dict_without_signature(&names));
        }
        Err(Broken::SignatureNeeded) => report.add(layer.place(), report::signature_needed(handle, &names)),
        Err(Broken::UnknownSignature(name)) => {
            report.add(value_place("signature"), report::unknown_signature(handle, &name, &names));
        }
    }
    None
}

/// What is known of a text; `None` where it is given and not known.
fn known(given: &Given<String>) -> Option<Option<&str>> {
    match given {
        Given::No => Some(None),
        Given::As(text) => Some(Some(text)),
        Given::Somehow => None,
    }
}

/// Checks that the outputs have the key, whichever trace answers.
fn check_key(graph: &MetaGraph, called: &Called, key: Option<&str>, place: Span, handle: &str, report: &mut Report) {
    let Some(key) = key else { return };
    let keys: Vec<&str> = match called {
        Called::Signature(index) => {
            graph.signatures[*index].outputs.iter().map(|output| output.name.as_str()).collect()
        }
        Called::Object(index) => {
            let traces = &graph.callables[*index].traces;
            if traces.iter().any(|trace| matches!(&trace.outputs, Nest::Dict(entries) if entries.contains_key(key))) {
                return;
            }
            match traces.iter().find(|trace| matches!(trace.outputs, Nest::Dict(_))) {
                Some(trace) => trace.outputs.keys(),
                None => return report.add(place, report::output_is_no_dict(handle)),
            }
        }
    };
    if !keys.contains(&key) {
        report.add(place, report::no_such_key(&format!("`{handle}`"), key, nearest(key, keys.iter().copied()), &keys));
    }
}

/// The names among `arguments`, held against the parameters of what is called.
fn arguments(
    graph: &MetaGraph,
    called: &Called,
    layer: &CheckedLayer,
    handle: &str,
    report: &mut Report,
) -> Option<Vec<String>> {
    let Some(given) = layer.argument("arguments") else { return Some(Vec::new()) };
    let names = literal::list(given)?.iter().map(name_of).collect::<Option<Vec<_>>>()?;
    let parameters = match called {
        Called::Signature(index) => {
            Some(graph.signatures[*index].inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>())
        }
        Called::Object(index) => parameters(&graph.callables[*index]),
    };
    if let Some(parameters) = parameters {
        for (name, place) in &names {
            let takes = parameters.contains(&name.as_str());
            if name == "training" && matches!(called, Called::Object(_)) && takes {
                report.push(syn::Error::new(*place, report::TRAINING_ARGUMENT));
            } else if !takes {
                let near = nearest(name, parameters.iter().copied());
                report.push(syn::Error::new(*place, report::no_such_parameter(handle, name, near, &parameters)));
            }
        }
    }
    Some(names.into_iter().map(|(name, _)| name).collect())
}

/// The key of `("key", value)`.
fn name_of(pair: &Expr) -> Option<(String, Span)> {
    match &literal::list(pair)?[..] {
        [key, _] => Some((literal::text(key)?, key.span())),
        _ => None,
    }
}

/// The parameters behind the first; `None` where any name is taken, or none is known.
fn parameters(callable: &Callable) -> Option<Vec<&str>> {
    let spec = callable.spec.as_ref().filter(|spec| spec.varkw.is_none())?;
    Some(spec.parameters.iter().skip(1).map(|parameter| parameter.name.as_str()).collect())
}

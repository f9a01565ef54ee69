//! A description taken from its JSON again: the record of a model that is not at hand.
//!
//! `hub.lock` keeps descriptions, and `model!` checks programs with them. The form is that of `structured`; what does not
//! have it is an error, never half a description.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value as Json;

use super::super::function_spec::{FunctionSpec, Parameter, ParameterKind};
use super::super::structure::{Spec, TensorSpec};
use super::{
    Asset, Attachment, Callable, Description, ImageSize, MetaGraph, Signature, SignatureTensor, Size, Trace, Variable,
};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Literal, Nest, Shape, Tensor};

/// Nests deeper than this are refused.
const DEPTH_LIMIT: usize = 64;

impl Description {
    /// The description that was written as this JSON.
    ///
    /// # Errors
    /// [`Error::ModelParse`] for any other JSON; its path is `hub.lock`, where records are kept.
    pub fn from_json(json: &Json) -> Result<Description> {
        description(json).map_err(|what| Error::ModelParse {
            path: PathBuf::from("hub.lock"),
            why: format!("its description of a model has no {what}"),
        })
    }
}

/// What is missing, in words.
type Missing = &'static str;

type Taken<T> = std::result::Result<T, Missing>;

fn description(json: &Json) -> Taken<Description> {
    let bytes = |name: &str| json["size"][name].as_u64().ok_or("size");
    Ok(Description {
        tag_sets: list(&json["tag_sets"], "tag sets", texts)?,
        size: Size {
            saved_model_bytes: bytes("saved_model_bytes")?,
            variables_bytes: bytes("variables_bytes")?,
            assets_bytes: bytes("assets_bytes")?,
        },
        meta_graphs: list(&json["meta_graphs"], "meta graphs", meta_graph)?,
    })
}

fn meta_graph(json: &Json) -> Taken<MetaGraph> {
    let formats = ["TF2 SavedModel", "TF1 SavedModel", "TF1 Hub module"];
    let format = json["format"].as_str().and_then(|own| formats.into_iter().find(|known| *known == own));
    let version = |name: &str| json[name].as_i64().and_then(|version| i32::try_from(version).ok()).ok_or("version");
    let ops = json["ops"].as_object().ok_or("ops")?.iter();
    let count = |(name, count): (&String, &Json)| Ok((name.clone(), size(count).ok_or("count of an op")?));
    let side = |name: &str| json["image_size"][name].as_u64().and_then(|side| u32::try_from(side).ok());
    Ok(MetaGraph {
        format: format.ok_or("format")?,
        tags: texts(&json["tags"])?,
        tensorflow_version: text(&json["tensorflow_version"])?,
        producer: version("producer")?,
        min_consumer: version("min_consumer")?,
        signatures: list(&json["signatures"], "signatures", signature)?,
        callables: list(&json["callables"], "callables", callable)?,
        variables: list(&json["variables"], "variables", variable)?,
        assets: list(&json["assets"], "assets", |json| {
            Ok(Asset { file_name: text(&json["file_name"])?, size_bytes: json["size_bytes"].as_u64() })
        })?,
        attachments: list(&json["attachments"], "attachments", |json| {
            Ok(Attachment { key: text(&json["key"])?, value: bytes(&json["value"])? })
        })?,
        image_size: side("height").zip(side("width")).map(|(height, width)| ImageSize { height, width }),
        ops: ops.map(count).collect::<Taken<BTreeMap<_, _>>>()?,
    })
}

fn signature(json: &Json) -> Taken<Signature> {
    let tensor = |json: &Json| {
        Ok(SignatureTensor {
            name: text(&json["name"])?,
            dtype: text(&json["dtype"])?,
            shape: shape(&json["shape"])?,
            composite: json["composite"].as_str().map(str::to_owned),
            tensors: texts(&json["tensors"])?,
        })
    };
    Ok(Signature {
        name: text(&json["name"])?,
        method_name: text(&json["method_name"])?,
        inputs: list(&json["inputs"], "inputs of a signature", tensor)?,
        outputs: list(&json["outputs"], "outputs of a signature", tensor)?,
    })
}

fn callable(json: &Json) -> Taken<Callable> {
    let trace = |json: &Json| {
        Ok(Trace {
            function: text(&json["function"])?,
            arguments: nest(&json["arguments"], DEPTH_LIMIT)?,
            outputs: nest(&json["outputs"], DEPTH_LIMIT)?,
        })
    };
    let spec = &json["spec"];
    Ok(Callable {
        path: text(&json["path"])?,
        spec: if spec.is_null() { None } else { Some(function_spec(spec)?) },
        traces: list(&json["traces"], "traces", trace)?,
    })
}

fn function_spec(json: &Json) -> Taken<FunctionSpec> {
    let parameter = |json: &Json| {
        let kind = if json["keyword_only"] == true { ParameterKind::KeywordOnly } else { ParameterKind::Positional };
        let default = json.get("default").map(|default| nest(default, DEPTH_LIMIT)).transpose()?;
        Ok(Parameter { name: text(&json["name"])?, kind, default })
    };
    let name = |key: &str| json[key].as_str().map(str::to_owned);
    let parameters = list(&json["parameters"], "parameters", parameter)?;
    Ok(FunctionSpec { parameters, varargs: name("varargs"), varkw: name("varkw"), ..FunctionSpec::default() })
}

fn variable(json: &Json) -> Taken<Variable> {
    let sizes = json["shape"].as_array().ok_or("shape of a variable")?;
    Ok(Variable {
        path: text(&json["path"])?,
        name: text(&json["name"])?,
        key: text(&json["checkpoint_key"])?,
        dtype: dtype(&json["dtype"])?,
        shape: sizes.iter().map(|own| size(own).ok_or("shape of a variable")).collect::<Taken<_>>()?,
        size_bytes: json["size_bytes"].as_u64().ok_or("size of a variable")?,
        trainable: json["trainable"].as_bool(),
    })
}

fn nest(json: &Json, depth: usize) -> Taken<Nest<Spec>> {
    let depth = depth.checked_sub(1).ok_or("nest of such depth")?;
    let items = |json: &Json| list(json, "items of a nest", |item| nest(item, depth));
    let Some((kind, value)) = json.as_object().and_then(|object| object.iter().next()) else {
        return if json.is_null() { Ok(Nest::None) } else { Err("nest") };
    };
    Ok(match kind.as_str() {
        "list" => Nest::List(items(value)?),
        "tuple" => Nest::Tuple(items(value)?),
        "dict" => {
            let entry = |(key, item): (&String, &Json)| Ok((key.clone(), nest(item, depth)?));
            Nest::Dict(value.as_object().ok_or("entries of a dict")?.iter().map(entry).collect::<Taken<_>>()?)
        }
        "namedtuple" => {
            let field = |pair: &Json| Ok((text(&pair[0])?, nest(&pair[1], depth)?));
            Nest::NamedTuple { name: text(&value["name"])?, fields: list(&value["fields"], "fields", field)? }
        }
        kind => Nest::Leaf(spec(kind, value)?),
    })
}

fn spec(kind: &str, json: &Json) -> Taken<Spec> {
    let (shape, dtype) = (|| shape(&json["shape"]), || dtype(&json["dtype"]));
    Ok(match kind {
        "tensor" => {
            let name = json["name"].as_str().map(str::to_owned);
            Spec::Tensor(TensorSpec { name, shape: shape()?, dtype: dtype()? })
        }
        "ragged" => Spec::Ragged {
            shape: shape()?,
            dtype: dtype()?,
            ragged_rank: size(&json["ragged_rank"]).ok_or("ragged rank")?,
            row_splits_dtype: self::dtype(&json["row_splits_dtype"])?,
        },
        "sparse" => Spec::Sparse { shape: shape()?, dtype: dtype()? },
        "literal" => Spec::Literal(literal(json)?),
        "value" => Spec::Value(Tensor::from_json(json, None).map_err(|_| "value of a default")?),
        // How many tensors it stands for is not written down: nothing can be given for it either way.
        "other" => Spec::Other { class_name: text(json)?, components: 0 },
        _ => return Err("kind of an argument"),
    })
}

fn literal(json: &Json) -> Taken<Literal> {
    Ok(match json {
        Json::Bool(value) => Literal::Bool(*value),
        Json::String(text) => Literal::String(text.clone()),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Literal::Int(value),
            None => Literal::Float(number.as_f64().ok_or("literal")?),
        },
        _ => return Err("literal"),
    })
}

fn shape(json: &Json) -> Taken<Shape> {
    let Some(dimensions) = json.as_array() else {
        return if json.is_null() { Ok(Shape::unknown()) } else { Err("shape") };
    };
    let dimension = |json: &Json| if json.is_null() { Ok(None) } else { size(json).map(Some).ok_or("dimension") };
    Ok(dimensions.iter().map(dimension).collect::<Taken<Vec<_>>>()?.into())
}

fn dtype(json: &Json) -> Taken<DType> {
    json.as_str().and_then(|name| name.parse().ok()).ok_or("element type")
}

fn bytes(json: &Json) -> Taken<Vec<u8>> {
    match json["b64"].as_str() {
        Some(coded) => BASE64_STANDARD.decode(coded).map_err(|_| "bytes of an attachment"),
        None => text(json).map(String::into_bytes),
    }
}

fn text(json: &Json) -> Taken<String> {
    json.as_str().map(str::to_owned).ok_or("text")
}

fn texts(json: &Json) -> Taken<Vec<String>> {
    list(json, "list of texts", text)
}

fn list<T>(json: &Json, what: Missing, read: impl Fn(&Json) -> Taken<T>) -> Taken<Vec<T>> {
    json.as_array().ok_or(what)?.iter().map(read).collect()
}

fn size(json: &Json) -> Option<usize> {
    json.as_u64().and_then(|size| usize::try_from(size).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_description_is_refused() {
        for text in ["null", "{}", "[]", r#"{"tag_sets": [], "size": {}, "meta_graphs": []}"#] {
            let json: Json = serde_json::from_str(text).expect("JSON");
            let error = Description::from_json(&json).expect_err("no description");
            assert!(matches!(error, Error::ModelParse { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn nests_have_a_depth() {
        let nested = |depth: usize| (0..depth).fold(Json::Null, |inner, _| serde_json::json!({ "list": [inner] }));
        assert!(nest(&nested(DEPTH_LIMIT - 1), DEPTH_LIMIT).is_ok());
        assert!(nest(&nested(DEPTH_LIMIT + 1), DEPTH_LIMIT).is_err());
    }
}

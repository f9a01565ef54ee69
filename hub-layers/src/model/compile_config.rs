//! What a model is trained with as a config: Keras's `get_compile_config` and `compile_from_config`.
//!
//! What was given by name stays a name. Losses, weights and metrics stand in an object by the outputs' names where they
//! differ; lists in the order of the outputs, which Keras writes too, are read by models that know their outputs.

use serde_json::{Map, Value, json};

use super::Model;
use super::compile::{Compile, Measured};
use crate::choice::{Choice, HasNames};
use crate::config::{Argument, CustomObjects};
use crate::error::{Error, Result};
use crate::metrics::MetricChoice;
use crate::optimizers::LearningRate;

/// Arguments of Keras's `compile` that make no difference here.
const IGNORED: [&str; 6] = [
    "run_eagerly",
    "steps_per_execution",
    "jit_compile",
    "auto_scale_loss",
    "pss_evaluation_shards",
    "sample_weight_mode",
];

/// Those that do.
const ARGUMENTS: [&str; 5] = ["optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"];

/// Names that stand for several metrics, and are no classes of Keras's.
const CHOSEN_BY_SHAPES: [&str; 4] = ["accuracy", "acc", "crossentropy", "ce"];

impl Compile {
    /// The arguments as Keras writes them, by name: `optimizer`, `loss`, `loss_weights`, `metrics`, `weighted_metrics`.
    ///
    /// ```
    /// use hub_layers::Compile;
    /// use hub_layers::config::CustomObjects;
    /// let config = Compile::new("adam", "mse").metric("mae").config()?;
    /// assert_eq!(config["optimizer"], "adam");
    /// let same = Compile::from_config(&config, &CustomObjects::new())?;
    /// assert_eq!(same.config()?, config);
    /// # Ok::<(), hub_layers::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoConfig`] for what cannot be written down.
    pub fn config(&self) -> Result<Value> {
        self.config_for(None)
    }

    /// As [`Compile::config`], where the outputs' names may be known.
    fn config_for(&self, outputs: Option<&[String]>) -> Result<Value> {
        Ok(json!({
            "optimizer": given(&self.optimizer)?,
            "loss": self.loss_config(outputs)?,
            "loss_weights": self.weights_config(),
            "metrics": self.metrics_config(false, outputs)?,
            "weighted_metrics": self.metrics_config(true, outputs)?,
            "run_eagerly": null,
            "steps_per_execution": null,
            "jit_compile": null,
        }))
    }

    fn loss_config(&self, outputs: Option<&[String]>) -> Result<Value> {
        if self.losses.is_empty() {
            return self.loss.as_ref().map_or(Ok(Value::Null), given);
        }
        let mut by_output = Map::new();
        if let Some(loss) = &self.loss {
            for output in outputs.ok_or_else(|| mixed("loss"))? {
                by_output.insert(output.clone(), given(loss)?);
            }
        }
        for (output, loss) in &self.losses {
            by_output.insert(output.clone(), given(loss)?);
        }
        Ok(by_output.into())
    }

    fn weights_config(&self) -> Value {
        if self.loss_weights.is_empty() {
            return Value::Null;
        }
        self.loss_weights.iter().map(|(output, weight)| (output.clone(), Value::from(*weight))).collect()
    }

    /// The metrics of one kind: a list, or an object of lists where they differ from output to output.
    fn metrics_config(&self, weighted: bool, outputs: Option<&[String]>) -> Result<Value> {
        let metrics: Vec<&Measured> = self.metrics.iter().filter(|own| own.weighted == weighted).collect();
        if metrics.is_empty() {
            return Ok(Value::Null);
        }
        if metrics.iter().all(|own| own.output.is_none()) {
            return metrics.iter().map(|own| metric(&own.metric)).collect::<Result<Vec<_>>>().map(Value::Array);
        }
        let mut by_output: Map<String, Value> = Map::new();
        for own in metrics {
            let of = match &own.output {
                Some(output) => std::slice::from_ref(output),
                None => outputs.ok_or_else(|| mixed("metrics"))?,
            };
            for output in of {
                let list = by_output.entry(output).or_insert_with(|| json!([]));
                list.as_array_mut().into_iter().for_each(|list| list.push(Value::Null));
                if let Some(last) = list.as_array_mut().and_then(|list| list.last_mut()) {
                    *last = metric(&own.metric)?;
                }
            }
        }
        Ok(by_output.into())
    }

    /// What a config of [`Compile::config`] or of Keras says; its lists by output need
    /// [`Model::compile_from_config`].
    ///
    /// # Errors
    /// [`Error::UnknownClass`], [`Error::UnknownArgument`] and [`Error::BadConfig`] for what is wrong in it.
    pub fn from_config(config: &Value, custom_objects: &CustomObjects) -> Result<Compile> {
        read(config, custom_objects, None)
    }
}

impl Model {
    /// What the model was compiled with, as [`Compile::config`], with the learning rate that it has now; nothing where it
    /// was not compiled.
    ///
    /// # Errors
    /// As [`Compile::config`], and as [`Model::learning_rate`].
    pub fn compile_config(&self) -> Result<Option<Value>> {
        let Some(compiled) = &self.compiled else { return Ok(None) };
        let outputs = self.built.get().map(|built| built.output_names.as_slice());
        let mut config = compiled.plan.config_for(outputs)?;
        let rate = self.learning_rate()?;
        if rate.is_some() && rate != compiled.optimizer.options().constant_rate() {
            let optimizer = compiled.optimizer.config()?.with("learning_rate", &rate.map(LearningRate::Constant))?;
            config["optimizer"] = optimizer.to_json();
        }
        Ok(Some(config))
    }

    /// Compiles the model as a config says that [`Model::compile_config`] or Keras's has written.
    ///
    /// # Errors
    /// As [`Compile::from_config`] and [`Model::compile`].
    pub fn compile_from_config(&mut self, config: &Value, custom_objects: &CustomObjects) -> Result<()> {
        let outputs = self.built.get().map(|built| built.output_names.clone());
        self.compile(read(config, custom_objects, outputs.as_deref())?)
    }
}

/// A thing by the name that it was given by, else its class with its arguments.
fn given<T: HasNames + ?Sized>(choice: &Choice<T>) -> Result<Value>
where
    Choice<T>: Argument,
{
    choice.given_name().map_or_else(|| choice.write(), |name| Ok(name.into()))
}

/// As [`given`]; a name that stands for several metrics stays one.
fn metric(choice: &MetricChoice) -> Result<Value> {
    let written = given(choice)?;
    let class = written.get("class_name").and_then(Value::as_str);
    let name = written.pointer("/config/name").and_then(Value::as_str);
    match (class, name) {
        (Some("Accuracy" | "Crossentropy"), Some(name)) if CHOSEN_BY_SHAPES.contains(&name) => Ok(name.into()),
        _ => Ok(written),
    }
}

fn mixed(argument: &str) -> Error {
    let why = "some are for one output and some for all, whose names a model knows once it is built".into();
    Error::NoConfig { what: argument.to_owned(), why }
}

fn read(config: &Value, custom_objects: &CustomObjects, outputs: Option<&[String]>) -> Result<Compile> {
    let Value::Object(arguments) = config else {
        return Err(bad("compile_config", "arguments by name", config));
    };
    let known = |name: &&String| ARGUMENTS.contains(&name.as_str()) || IGNORED.contains(&name.as_str());
    if let Some(unknown) = arguments.keys().find(|name| !known(name)) {
        let available = ARGUMENTS.map(str::to_owned).to_vec();
        return Err(Error::UnknownArgument { class: "compile".into(), argument: unknown.clone(), available });
    }
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
    let optimizer = given("optimizer").ok_or_else(|| bad("optimizer", "an optimizer", &Value::Null))?;
    let mut compile = Compile::by_output(custom_objects.argument::<Choice<_>>(optimizer, "optimizer")?);
    if let Some(loss) = given("loss") {
        match by_output(loss, "loss", outputs)? {
            None => compile.loss = Some(custom_objects.argument(loss, "loss")?),
            Some(losses) => {
                for (output, loss) in losses.into_iter().filter(|(_, loss)| !loss.is_null()) {
                    let loss: Choice<_> = custom_objects.argument(loss, &format!("loss.{output}"))?;
                    compile = compile.loss_for(output, loss);
                }
            }
        }
    }
    if let Some(weights) = given("loss_weights") {
        let by_output = by_output(weights, "loss_weights", outputs)?;
        for (output, weight) in by_output.ok_or_else(|| bad("loss_weights", "weights by output", weights))? {
            compile = compile.loss_weight(&output, custom_objects.argument(weight, &format!("loss_weights.{output}"))?);
        }
    }
    for (argument, weighted) in [("metrics", false), ("weighted_metrics", true)] {
        if let Some(metrics) = given(argument) {
            compile.metrics.extend(read_metrics(metrics, argument, weighted, custom_objects, outputs)?);
        }
    }
    Ok(compile)
}

/// Values by output; nothing where there is one for all. A single class is one for all, though it is an object.
fn by_output<'v>(
    value: &'v Value,
    argument: &str,
    outputs: Option<&[String]>,
) -> Result<Option<Vec<(String, &'v Value)>>> {
    match value {
        Value::Object(entries) if !entries.contains_key("class_name") => {
            Ok(Some(entries.iter().map(|(output, value)| (output.clone(), value)).collect()))
        }
        Value::Array(items) => match outputs {
            Some(outputs) if outputs.len() == items.len() => Ok(Some(outputs.iter().cloned().zip(items).collect())),
            Some(outputs) => Err(bad(argument, &format!("one for each of the outputs {}", outputs.join(", ")), value)),
            None => Err(bad(argument, "one for all, or values by the outputs' names, where no model says them", value)),
        },
        _ => Ok(None),
    }
}

fn read_metrics(
    metrics: &Value,
    argument: &str,
    weighted: bool,
    custom_objects: &CustomObjects,
    outputs: Option<&[String]>,
) -> Result<Vec<Measured>> {
    let one = |json: &Value, output: Option<&str>| -> Result<Measured> {
        let metric = custom_objects.argument(json, argument)?;
        Ok(Measured { output: output.map(str::to_owned), metric, weighted })
    };
    let is_plain = |items: &[Value]| !items.iter().any(Value::is_array);
    match metrics {
        // A plain list is for all outputs.
        Value::Array(items) if is_plain(items) => items.iter().map(|item| one(item, None)).collect(),
        metrics => match by_output(metrics, argument, outputs)? {
            None => Ok(vec![one(metrics, None)?]),
            Some(entries) => {
                let mut read = Vec::new();
                for (output, metrics) in entries {
                    match metrics {
                        Value::Null => {}
                        Value::Array(items) => {
                            for item in items {
                                read.push(one(item, Some(&output))?);
                            }
                        }
                        single => read.push(one(single, Some(&output))?),
                    }
                }
                Ok(read)
            }
        },
    }
}

fn bad(argument: &str, expected: &str, found: &Value) -> Error {
    Error::BadConfig { argument: argument.to_owned(), expected: expected.to_owned(), found: found.to_string() }
}

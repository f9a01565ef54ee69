//! Losses, metrics, optimizers and the like from Keras's names of them: a string, or a class with its arguments.
//!
//! For the goldens of `fixtures/training`; both the tests inside the crate and those of whole models build from these.

#![allow(dead_code, reason = "each test uses its share")]

use hub_layers::constraints::{ConstraintChoice, MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
use hub_layers::losses::{self, LossChoice};
use hub_layers::metrics::{self, AucCurve, AucSummation, MeanOf, MetricChoice};
use hub_layers::optimizers::schedules::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay,
};
use hub_layers::optimizers::{Adagrad, Adam, AdamW, LearningRate, OptimizerChoice, RMSprop, SGD};
use hub_layers::regularizers::{L1, L1L2, L2, RegularizerChoice};
use serde_json::Value as Json;

/// Calls a builder's method with each argument that a config gives; every argument given must be known.
macro_rules! build {
    ($config:expr, $start:expr; $($argument:ident: $read:ident),* $(; beside $($other:literal),*)?) => {{
        let config: &Json = $config;
        let known = [$(stringify!($argument)),*];
        let beside: &[&str] = &[$($($other),*)?];
        for argument in config.as_object().into_iter().flat_map(|object| object.keys()) {
            let argument = argument.as_str();
            assert!(known.contains(&argument) || beside.contains(&argument), "`{argument}` of {config} is not read");
        }
        #[allow(unused_mut, reason = "some have no arguments")]
        let mut built = $start;
        $(if let Some(value) = config.get(stringify!($argument)).filter(|value| !value.is_null()) {
            built = built.$argument($read(value));
        })*
        built
    }};
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text"))
}

fn number(json: &Json) -> f64 {
    json.as_f64().unwrap_or_else(|| panic!("{json} is no number"))
}

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(number).collect()
}

fn count(json: &Json) -> usize {
    json.as_u64().unwrap_or_else(|| panic!("{json} is no count")) as usize
}

fn integer(json: &Json) -> i64 {
    json.as_i64().unwrap()
}

fn axis(json: &Json) -> i32 {
    integer(json) as i32
}

fn truth(json: &Json) -> bool {
    json.as_bool().unwrap()
}

fn of(config: &Json, argument: &str) -> f64 {
    number(&config[argument])
}

fn class(json: &Json) -> (&str, &Json) {
    (json["class_name"].as_str().unwrap_or_else(|| panic!("{json} names no class")), &json["config"])
}

pub(crate) fn loss(json: &Json) -> LossChoice {
    if let Some(name) = json.as_str() {
        return name.into();
    }
    let (name, config) = class(json);
    match name {
        "BinaryCrossentropy" => binary(config).into(),
        "CategoricalCrossentropy" => categorical(config).into(),
        "SparseCategoricalCrossentropy" => sparse(config).into(),
        "Huber" => build!(config, losses::Huber::new(); delta: number).into(),
        name => {
            assert!(config.as_object().unwrap().is_empty(), "arguments of {json} are not read");
            name.into()
        }
    }
}

fn binary(config: &Json) -> losses::BinaryCrossentropy {
    build!(config, losses::BinaryCrossentropy::new(); from_logits: truth, label_smoothing: number)
}

fn categorical(config: &Json) -> losses::CategoricalCrossentropy {
    build!(config, losses::CategoricalCrossentropy::new(); from_logits: truth, label_smoothing: number)
}

fn sparse(config: &Json) -> losses::SparseCategoricalCrossentropy {
    build!(config, losses::SparseCategoricalCrossentropy::new(); from_logits: truth, ignore_class: integer)
}

pub(crate) fn metric(json: &Json) -> MetricChoice {
    if let Some(name) = json.as_str() {
        return name.into();
    }
    let (name, config) = class(json);
    match name {
        "BinaryAccuracy" => build!(config, metrics::BinaryAccuracy::new(); threshold: number).into(),
        "TopKCategoricalAccuracy" => build!(config, metrics::TopKCategoricalAccuracy::new(); k: count).into(),
        "SparseTopKCategoricalAccuracy" => {
            build!(config, metrics::SparseTopKCategoricalAccuracy::new(); k: count).into()
        }
        "BinaryCrossentropy" => MeanOf::of(binary(config)).into(),
        "CategoricalCrossentropy" => MeanOf::of(categorical(config)).into(),
        "SparseCategoricalCrossentropy" => MeanOf::of(sparse(config)).into(),
        "Precision" => {
            let mut metric =
                build!(config, metrics::Precision::new(); top_k: count, class_id: count; beside "thresholds");
            if let Some(threshold) = config["thresholds"].as_f64() {
                metric = metric.threshold(threshold);
            }
            metric.into()
        }
        "Recall" => {
            let mut metric = build!(config, metrics::Recall::new(); top_k: count, class_id: count; beside "thresholds");
            if let Some(threshold) = config["thresholds"].as_f64() {
                metric = metric.threshold(threshold);
            }
            metric.into()
        }
        "AUC" => {
            let metric = metrics::Auc::new();
            build!(config, metric; name: text, num_thresholds: count, thresholds: numbers, curve: curve, summation_method: method,
                from_logits: truth)
            .into()
        }
        name => {
            assert!(config.as_object().unwrap().is_empty(), "arguments of {json} are not read");
            name.into()
        }
    }
}

fn curve(json: &Json) -> AucCurve {
    match json.as_str() {
        Some("ROC") => AucCurve::Roc,
        Some("PR") => AucCurve::Pr,
        _ => panic!("{json} is no curve"),
    }
}

fn method(json: &Json) -> AucSummation {
    match json.as_str() {
        Some("interpolation") => AucSummation::Interpolation,
        Some("minoring") => AucSummation::Minoring,
        Some("majoring") => AucSummation::Majoring,
        _ => panic!("{json} is no way of summing"),
    }
}

/// A number, or a schedule.
pub(crate) fn learning_rate(json: &Json) -> LearningRate {
    if let Some(rate) = json.as_f64() {
        return rate.into();
    }
    let (name, config) = class(json);
    let (initial, steps) = (&config["initial_learning_rate"], &config["decay_steps"]);
    match name {
        "ExponentialDecay" => {
            let decay = ExponentialDecay::new(number(initial), number(steps), of(config, "decay_rate"));
            let read =
                build!(config, decay; staircase: truth; beside "initial_learning_rate", "decay_steps", "decay_rate");
            read.into()
        }
        "InverseTimeDecay" => {
            let decay = InverseTimeDecay::new(number(initial), number(steps), of(config, "decay_rate"));
            let read =
                build!(config, decay; staircase: truth; beside "initial_learning_rate", "decay_steps", "decay_rate");
            read.into()
        }
        "PiecewiseConstantDecay" => {
            PiecewiseConstantDecay::new(numbers(&config["boundaries"]), numbers(&config["values"])).into()
        }
        "PolynomialDecay" => {
            let decay = PolynomialDecay::new(number(initial), number(steps));
            build!(config, decay; end_learning_rate: number, power: number, cycle: truth;
                beside "initial_learning_rate", "decay_steps")
            .into()
        }
        "CosineDecay" => {
            let mut decay = CosineDecay::new(number(initial), number(steps));
            if config.get("warmup_target").is_some() {
                decay = decay.warmup(of(config, "warmup_target"), of(config, "warmup_steps"));
            }
            build!(config, decay; alpha: number;
                beside "initial_learning_rate", "decay_steps", "warmup_target", "warmup_steps")
            .into()
        }
        "CosineDecayRestarts" => {
            let decay = CosineDecayRestarts::new(number(initial), of(config, "first_decay_steps"));
            build!(config, decay; t_mul: number, m_mul: number, alpha: number;
                beside "initial_learning_rate", "first_decay_steps")
            .into()
        }
        other => panic!("{other} is no schedule"),
    }
}

/// The arguments of every optimizer, and its own.
macro_rules! optimizer {
    ($config:expr, $class:ident; $($argument:ident: $read:ident),*) => {{
        let start = $class::new(learning_rate(&$config["learning_rate"]));
        build!($config, start; clipnorm: number, clipvalue: number, global_clipnorm: number, weight_decay: number,
            $($argument: $read),*; beside "learning_rate")
        .into()
    }};
}

pub(crate) fn optimizer(json: &Json) -> OptimizerChoice {
    if let Some(name) = json.as_str() {
        return name.into();
    }
    let (name, config) = class(json);
    match name {
        "SGD" => optimizer!(config, SGD; momentum: number, nesterov: truth),
        "Adam" => optimizer!(config, Adam; beta_1: number, beta_2: number, epsilon: number, amsgrad: truth),
        "AdamW" => optimizer!(config, AdamW; beta_1: number, beta_2: number, epsilon: number, amsgrad: truth),
        "RMSprop" => {
            optimizer!(config, RMSprop; rho: number, momentum: number, epsilon: number, centered: truth)
        }
        "Adagrad" => optimizer!(config, Adagrad; initial_accumulator_value: number, epsilon: number),
        other => panic!("{other} is no optimizer"),
    }
}

pub(crate) fn regularizer(json: &Json) -> RegularizerChoice {
    if let Some(name) = json.as_str() {
        return name.into();
    }
    let (name, config) = class(json);
    match name {
        "L1" => L1::new(of(config, "l1")).into(),
        "L2" => L2::new(of(config, "l2")).into(),
        "L1L2" => L1L2::new(of(config, "l1"), of(config, "l2")).into(),
        other => panic!("{other} is no regularizer"),
    }
}

pub(crate) fn constraint(json: &Json) -> ConstraintChoice {
    if let Some(name) = json.as_str() {
        return name.into();
    }
    let (name, config) = class(json);
    match name {
        "NonNeg" => build!(config, NonNeg::new();).into(),
        "MaxNorm" => build!(config, MaxNorm::new(); max_value: number, axis: axis).into(),
        "UnitNorm" => build!(config, UnitNorm::new(); axis: axis).into(),
        "MinMaxNorm" => {
            build!(config, MinMaxNorm::new(); min_value: number, max_value: number, rate: number, axis: axis).into()
        }
        other => panic!("{other} is no constraint"),
    }
}

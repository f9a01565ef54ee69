//! A description for people: sections of aligned lines, with TensorFlow's own names.
//!
//! Names come from the file, so control characters in them are written out and never reach a terminal.

use std::fmt;

use super::super::function_spec::{FunctionSpec, Parameter, ParameterKind};
use super::super::structure::Spec;
use super::{
    Asset, Attachment, Callable, Description, ImageSize, MetaGraph, Signature, SignatureTensor, Trace, Variable,
};
use crate::tensor::{Nest, Shape};

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, meta_graph) in self.meta_graphs.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            meta_graph.fmt(f)?;
        }
        let size = &self.size;
        section(f, "Files")?;
        columns(
            f,
            "  ",
            &[
                vec!["saved_model.pb".into(), bytes(size.saved_model_bytes)],
                vec!["variables".into(), bytes(size.variables_bytes)],
                vec!["assets".into(), bytes(size.assets_bytes)],
            ],
        )?;
        if self.meta_graphs.len() == self.tag_sets.len() {
            return Ok(());
        }
        section(f, "Tag sets")?;
        self.tag_sets.iter().try_for_each(|tags| writeln!(f, "  {}", tag_list(tags)))
    }
}

impl fmt::Display for MetaGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, tags {}, TensorFlow {}", self.format, tag_list(&self.tags), plain(&self.tensorflow_version))?;
        writeln!(f, "graph version {}, readable from {} on", self.producer, self.min_consumer)?;
        if !self.signatures.is_empty() {
            section(f, "Signatures")?;
            self.signatures.iter().try_for_each(|signature| write_signature(f, signature))?;
        }
        if !self.callables.is_empty() {
            section(f, "Callables")?;
            self.callables.iter().try_for_each(|callable| write_callable(f, callable))?;
        }
        if !self.variables.is_empty() {
            let values: usize = self.variables.iter().map(count).fold(0, usize::saturating_add);
            let size = self.variables.iter().map(|variable| variable.size_bytes).fold(0, u64::saturating_add);
            section(f, &format!("Variables: {}, values: {values}, {}", self.variables.len(), bytes(size)))?;
            columns(f, "  ", &self.variables.iter().map(variable_row).collect::<Vec<_>>())?;
        }
        if !self.assets.is_empty() {
            section(f, "Assets")?;
            columns(f, "  ", &self.assets.iter().map(asset_row).collect::<Vec<_>>())?;
        }
        if !self.attachments.is_empty() {
            section(f, "Attachments")?;
            columns(f, "  ", &self.attachments.iter().map(attachment_row).collect::<Vec<_>>())?;
        }
        if let Some(ImageSize { height, width }) = self.image_size {
            section(f, &format!("Images: height {height}, width {width}"))?;
        }
        let uses = self.ops.values().fold(0, |sum: usize, count| sum.saturating_add(*count));
        section(f, &format!("Ops: {}, uses: {uses}", self.ops.len()))?;
        let mut ops: Vec<_> = self.ops.iter().collect();
        ops.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let ops: Vec<_> = ops.into_iter().map(|(op, count)| vec![plain(op), count.to_string()]).collect();
        columns(f, "  ", &ops)
    }
}

fn section(f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
    writeln!(f, "\n{title}")
}

fn tag_list(tags: &[String]) -> String {
    if tags.is_empty() { "(none)".into() } else { tags.iter().map(|tag| plain(tag)).collect::<Vec<_>>().join(", ") }
}

/// The text with its control characters written out.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { plain.extend(character.escape_default()) } else { plain.push(character) }
    }
    plain
}

/// Lines of cells, each column as wide as its widest cell, but for the last.
fn columns(f: &mut fmt::Formatter<'_>, indent: &str, rows: &[Vec<String>]) -> fmt::Result {
    const WIDTH_LIMIT: usize = 60;
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|column| width(column).unwrap_or(0).min(WIDTH_LIMIT)).collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(f, "{indent}{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

fn write_signature(f: &mut fmt::Formatter<'_>, signature: &Signature) -> fmt::Result {
    let method = Some(plain(&signature.method_name)).filter(|method| !method.is_empty());
    writeln!(f, "  {}{}", plain(&signature.name), method.map_or(String::new(), |method| format!("  ({method})")))?;
    let row = |kind: &str, index: usize, tensor: &SignatureTensor| {
        let kind = if index == 0 { kind.to_owned() } else { String::new() };
        vec![
            kind,
            plain(&tensor.name),
            tensor_text(tensor),
            tensor.tensors.iter().map(|it| plain(it)).collect::<Vec<_>>().join(", "),
        ]
    };
    let inputs = signature.inputs.iter().enumerate().map(|(index, tensor)| row("inputs", index, tensor));
    let outputs = signature.outputs.iter().enumerate().map(|(index, tensor)| row("outputs", index, tensor));
    columns(f, "    ", &inputs.chain(outputs).collect::<Vec<_>>())
}

fn tensor_text(tensor: &SignatureTensor) -> String {
    let text = if tensor.dtype.is_empty() { "(op)".into() } else { format!("{} {}", tensor.dtype, tensor.shape) };
    match &tensor.composite {
        Some(class) => format!("{} {text}", plain(class)),
        None => text,
    }
}

fn write_callable(f: &mut fmt::Formatter<'_>, callable: &Callable) -> fmt::Result {
    let name = if callable.path.is_empty() { "(the model)".into() } else { plain(&callable.path) };
    let parameters = callable.spec.as_ref().map_or(String::new(), |spec| format!("({})", parameters(spec)));
    writeln!(f, "  {name}{parameters}")?;
    callable
        .traces
        .iter()
        .try_for_each(|trace| writeln!(f, "    {}", plain(&trace_text(trace, callable.spec.as_ref()))))
}

/// The parameters as Python declares them.
fn parameters(spec: &FunctionSpec) -> String {
    let declare = |parameter: &Parameter| match &parameter.default {
        Some(default) => format!("{}={}", parameter.name, brief(default)),
        None => parameter.name.clone(),
    };
    let (positional, by_keyword): (Vec<_>, Vec<_>) =
        spec.parameters.iter().partition(|parameter| parameter.kind == ParameterKind::Positional);
    let mut texts: Vec<String> = positional.into_iter().map(declare).collect();
    match &spec.varargs {
        Some(name) => texts.push(format!("*{name}")),
        None if !by_keyword.is_empty() => texts.push("*".into()),
        None => {}
    }
    texts.extend(by_keyword.into_iter().map(declare));
    texts.extend(spec.varkw.as_ref().map(|name| format!("**{name}")));
    plain(&texts.join(", "))
}

/// The arguments of a trace by name, and what it returns.
fn trace_text(trace: &Trace, spec: Option<&FunctionSpec>) -> String {
    let parameters = spec.map_or(&[][..], |spec| &spec.parameters);
    let positional_name = |index: usize| {
        let parameter = parameters.get(index).filter(|parameter| parameter.kind == ParameterKind::Positional);
        parameter.map_or(String::new(), |parameter| format!("{}: ", parameter.name))
    };
    let mut arguments = Vec::new();
    if let Some(Nest::Tuple(positional)) = trace.arguments.at(0) {
        for (index, argument) in positional.iter().enumerate() {
            arguments.push(format!("{}{}", positional_name(index), brief(argument)));
        }
    }
    if let Some(Nest::Dict(keywords)) = trace.arguments.at(1) {
        arguments.extend(keywords.iter().map(|(name, argument)| format!("{name}: {}", brief(argument))));
    }
    format!("({}) -> {}", arguments.join(", "), brief(&trace.outputs))
}

/// A nest with tensors by type and shape only.
fn brief(nest: &Nest<Spec>) -> String {
    struct Brief(String);
    impl fmt::Display for Brief {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&self.0)
        }
    }
    let text = |spec: &Spec| match spec {
        Spec::Tensor(spec) => format!("{} {}", spec.dtype, spec.shape),
        other => other.to_string(),
    };
    match nest.try_map(&mut |spec| Ok::<_, std::convert::Infallible>(Brief(text(spec)))) {
        Ok(nest) => nest.to_string(),
        Err(never) => match never {},
    }
}

fn count(variable: &Variable) -> usize {
    variable.shape.iter().fold(1, |count, dimension| count.saturating_mul(*dimension))
}

fn variable_row(variable: &Variable) -> Vec<String> {
    let trainable = match variable.trainable {
        Some(true) => "trainable",
        Some(false) => "not trainable",
        None => "",
    };
    let name = if variable.name == variable.path { String::new() } else { plain(&variable.name) };
    let shape = Shape::known(&variable.shape);
    vec![
        plain(&variable.path),
        format!("{} {shape}", variable.dtype),
        bytes(variable.size_bytes),
        trainable.into(),
        name,
    ]
}

fn asset_row(asset: &Asset) -> Vec<String> {
    vec![plain(&asset.file_name), asset.size_bytes.map_or("missing".into(), bytes)]
}

/// A short text is shown, anything else by its size.
fn attachment_row(attachment: &Attachment) -> Vec<String> {
    const SHOWN_LIMIT: usize = 60;
    let text = std::str::from_utf8(&attachment.value).ok();
    let text = text.filter(|text| text.len() <= SHOWN_LIMIT && !text.contains(char::is_control));
    let size = bytes(attachment.value.len() as u64);
    vec![plain(&attachment.key), size, text.map_or(String::new(), str::to_owned)]
}

/// A size for people.
fn bytes(size: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if size < 1024 {
        return format!("{size} B");
    }
    let (mut scaled, mut unit) = (size as f64 / 1024.0, 0);
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let shown = [0, 1023, 1024, 1536, 5 << 20, u64::MAX].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "5.0 MiB", "16777216.0 TiB"]);
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
        assert_eq!(plain("näher"), "näher");
    }
}

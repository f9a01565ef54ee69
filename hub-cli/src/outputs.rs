//! What a model answered, for people: a line for each value, with name, type, shape and shortened elements.
//!
//! `run` prints it. The names are those of the files that `output_directory` writes.

use std::io::{self, Write};

use hub_core::{Nest, Structure, Tensor, Value};

/// Up to this many elements are shown all.
const SHOWN_WHOLE: usize = 32;

/// Longer texts are cut.
const TEXT_LIMIT: usize = 60;

/// The name of an answer that is one value.
const ONLY: &str = "output";

/// The values of a nest in flattening order, each with the keys and indices that lead to it; `None` is Python's.
pub(crate) fn entries(nest: &Structure) -> Vec<(Vec<String>, Option<&Value>)> {
    fn walk<'n>(nest: &'n Structure, path: &[String], entries: &mut Vec<(Vec<String>, Option<&'n Value>)>) {
        let mut below = |step: String, item| walk(item, &[path, &[step]].concat(), entries);
        match nest {
            Nest::List(items) | Nest::Tuple(items) => {
                items.iter().enumerate().for_each(|(index, item)| below(index.to_string(), item));
            }
            Nest::NamedTuple { fields, .. } => fields.iter().for_each(|(key, item)| below(key.clone(), item)),
            Nest::Dict(map) => map.iter().for_each(|(key, item)| below(key.clone(), item)),
            Nest::Leaf(value) => entries.push((path.to_vec(), Some(value))),
            _ => entries.push((path.to_vec(), None)),
        }
    }
    let mut entries = Vec::new();
    walk(nest, &[], &mut entries);
    entries
}

/// The name of the value at a path: `output`, `logits`, `states.0`.
pub(crate) fn name(path: &[String], step: impl Fn(&str) -> String) -> String {
    match path {
        [] => ONLY.into(),
        _ => path.iter().map(|key| step(key)).collect::<Vec<_>>().join("."),
    }
}

/// Prints the answer.
pub(crate) fn print(nest: &Structure, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<[String; 3]> =
        entries(nest).into_iter().map(|(path, value)| describe(name(&path, printable), value)).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let (names, kinds) = (width(0), width(1));
    for [name, kind, values] in &lines {
        let line = format!("{name:names$}  {kind:kinds$}  {values}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A key of a model's dict without what would move the terminal's cursor.
fn printable(key: &str) -> String {
    key.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

fn describe(name: String, value: Option<&Value>) -> [String; 3] {
    match value {
        None => [name, "None".into(), String::new()],
        Some(Value::Tensor(tensor)) => {
            let ends = match tensor.shape().len() {
                _ if tensor.len() <= SHOWN_WHOLE => SHOWN_WHOLE,
                ..=2 => 3,
                _ => 1,
            };
            [name, kind(tensor), elements(tensor, ends)]
        }
        Some(other) => {
            let text = Structure::Leaf(other.clone()).to_json().to_string();
            [name, other.to_string(), shortened(&text)]
        }
    }
}

/// Element type and shape: `float32 [2, 3]`.
pub(crate) fn kind(tensor: &Tensor) -> String {
    format!("{} {:?}", tensor.dtype(), tensor.shape())
}

/// The elements in nested brackets; of longer axes only `ends` at either end.
fn elements(tensor: &Tensor, ends: usize) -> String {
    let Some(count) = tensor.shape().first().copied() else {
        return shortened(&tensor.to_json()["values"].to_string());
    };
    let row = |index: usize| {
        let row = tensor.rows(index..index + 1).and_then(|row| row.reshape(&tensor.shape()[1..]));
        row.map_or_else(|why| why.to_string(), |row| elements(&row, ends))
    };
    let rows: Vec<String> = match count <= 2 * ends {
        true => (0..count).map(row).collect(),
        false => (0..ends).map(row).chain(["...".into()]).chain((count - ends..count).map(row)).collect(),
    };
    format!("[{}]", rows.join(", "))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(nest: impl Into<Structure>) -> String {
        let mut out = Vec::new();
        print(&nest.into(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_tensors_show_their_ends() {
        let row = Tensor::new(&[1, 100], (0..100).collect::<Vec<i32>>()).unwrap();
        assert_eq!(printed(row), "output  int32 [1, 100]  [[0, 1, 2, ..., 97, 98, 99]]\n");
        let cube = Tensor::new(&[4, 5, 10], (0..200).collect::<Vec<i32>>()).unwrap();
        assert_eq!(
            printed(cube),
            "output  int32 [4, 5, 10]  [[[0, ..., 9], ..., [40, ..., 49]], ..., [[150, ..., 159], ..., [190, ..., 199]]]\n"
        );
        let none = Tensor::new(&[0, 1000], Vec::<f32>::new()).unwrap();
        assert_eq!(printed(none), "output  float32 [0, 1000]  []\n");
        let many_empty = Tensor::new(&[1_000_000_000, 0], Vec::<f32>::new()).unwrap();
        assert!(printed(many_empty).len() < 100_000);
    }

    #[test]
    fn keys_do_not_reach_the_terminal_as_they_are() {
        let nest: Structure = [("\u{1b}[2J", Tensor::scalar(1_u8))].into();
        assert_eq!(printed(nest), "\\u{1b}[2J  uint8 []  1\n");
    }
}

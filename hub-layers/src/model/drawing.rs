//! [`Drawing`]: what a picture of a model shows, for `plot`.

use std::collections::BTreeMap;

use super::Model;
use super::network::{Key, is_input};

/// Boxes, and arrows between them.
#[derive(Debug, Default)]
pub(crate) struct Drawing {
    /// What each says, in two lines; what one takes comes before it.
    pub(crate) boxes: Vec<(String, String)>,
    /// From one box to another.
    pub(crate) arrows: Vec<(usize, usize)>,
}

impl Model {
    /// The boxes of inputs, then one for each call of a layer.
    pub(crate) fn drawing(&self) -> Drawing {
        let mut drawing = Drawing::default();
        let wires = self
            .network
            .steps
            .iter()
            .enumerate()
            .flat_map(|(step, taken)| taken.inputs.leaves().into_iter().map(move |wire| (step, wire)));
        let mut inputs = BTreeMap::new();
        for (step, wire) in wires.filter(|(_, wire)| wire.from.is_none()) {
            // An `InputLayer` is a box itself.
            if !is_input(self.network.layers[self.network.steps[step].layer].as_ref()) {
                let name = wire.path.iter().map(Key::to_string).collect::<Vec<_>>().join(".");
                inputs.entry(name).or_insert_with(Vec::new).push(step);
            }
        }
        let first = inputs.len();
        for (index, (name, steps)) in inputs.into_iter().enumerate() {
            let title = if name.is_empty() { "input".into() } else { format!("input {name}") };
            drawing.boxes.push((title, String::new()));
            drawing.arrows.extend(steps.into_iter().map(|step| (index, first + step)));
        }
        for (index, step) in self.network.steps.iter().enumerate() {
            let layer = self.network.layers[step.layer].as_ref();
            let shape =
                self.built.get().and_then(|built| built.layers.get(step.layer)).map(|built| built.output.to_string());
            let title = format!("{} ({})", self.network.places[step.layer].name(), layer.class_name());
            drawing.boxes.push((title, shape.unwrap_or_default()));
            let from = step.inputs.leaves().into_iter().filter_map(|wire| wire.from);
            drawing.arrows.extend(from.map(|from| (first + from, first + index)));
        }
        drawing.arrows.sort_unstable();
        drawing.arrows.dedup();
        drawing
    }
}

//! Whether the nodes of a graph or of a function can run one after another: none needs what comes of itself.

use std::collections::HashMap;

use super::super::proto::NodeDef;
use super::Check;

/// The op that carries a value into the next round of TF1's loops: the one way in which a graph may lead back.
const NEXT_ITERATION: [&str; 2] = ["NextIteration", "RefNextIteration"];

/// Refuses nodes that need each other in a circle.
pub(super) fn check(nodes: &[NodeDef]) -> Check {
    let numbers: HashMap<&str, usize> =
        nodes.iter().enumerate().map(|(number, node)| (node.name.as_str(), number)).collect();
    let mut users = vec![Vec::new(); nodes.len()];
    let mut open = vec![0_usize; nodes.len()];
    for (number, node) in nodes.iter().enumerate() {
        for input in &node.input {
            let name = input.strip_prefix('^').unwrap_or(input);
            let before = numbers.get(name.split(':').next().unwrap_or(name)).copied();
            if let Some(before) = before.filter(|before| !NEXT_ITERATION.contains(&nodes[*before].op.as_str())) {
                users[before].push(number);
                open[number] += 1;
            }
        }
    }
    let mut ready: Vec<usize> = (0..nodes.len()).filter(|number| open[*number] == 0).collect();
    while let Some(number) = ready.pop() {
        for user in &users[number] {
            open[*user] -= 1;
            if open[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    match open.iter().position(|open| *open > 0) {
        Some(number) => Err(format!("node `{}` needs itself, directly or through others", nodes[number].name)),
        None => Ok(()),
    }
}

//! The walk over a meta graph: each node of the graph and of every function, held against the table.

use std::collections::HashMap;

use super::super::proto::{AttrValueValue, GraphDef, MetaGraphDef, NodeDef};
use super::classes::{self, OpClass, Row, Rule};
use super::finding::{Finding, shown, shown_bytes};
use super::origin::Origins;
use super::policy::OpPolicy;
use super::reach::{Place, Reach, Reached};
use super::{hidden, known};

/// As many findings are kept; whoever reads on after them learns nothing new.
pub(super) const FINDINGS_LIMIT: usize = 1000;

/// For as many findings it is told what leads to them.
const WAYS_LIMIT: usize = 64;

/// Everything that is found in a meta graph; `tf2` tells whether it is loaded by its object graph.
pub(super) fn meta_graph(meta_graph: &MetaGraphDef, tf2: bool) -> Vec<Finding> {
    let Some(graph) = &meta_graph.graph_def else { return Vec::new() };
    let reach = Reach::new(meta_graph, graph);
    let mut scan = Scan {
        reached: reach.reached(),
        origins: Origins::new(&reach, meta_graph, !tf2),
        reach: &reach,
        tf2,
        tags: meta_graph.meta_info_def.as_ref().map_or(&[][..], |info| &info.tags),
        verdicts: HashMap::new(),
        findings: Vec::new(),
        units: Vec::new(),
    };
    for (number, node) in graph.node.iter().enumerate() {
        scan.node(Place::Graph, number, node);
    }
    for (function, definition) in reach.functions.iter().enumerate() {
        for (number, node) in definition.node_def.iter().enumerate() {
            scan.node(Place::Function(function), number, node);
        }
    }
    scan.finish()
}

/// What is said of an op that only `Strict` refuses.
const UNLISTED: &str = "is not among the ops that only compute";

/// What the name of an op alone says.
#[derive(Clone, Copy)]
enum Verdict {
    /// It computes, or it calls a function of the model.
    Computes,
    /// It is in the table.
    Classified(&'static Row),
    /// It is TensorFlow's, but not among those that only compute.
    Unlisted,
    Unknown,
}

struct Scan<'a> {
    reach: &'a Reach<'a>,
    reached: Reached,
    tf2: bool,
    origins: Origins<'a>,
    tags: &'a [String],
    verdicts: HashMap<&'a str, Verdict>,
    findings: Vec<Finding>,
    /// The unit of each finding.
    units: Vec<usize>,
}

impl<'a> Scan<'a> {
    fn node(&mut self, place: Place, number: usize, node: &'a NodeDef) {
        if self.findings.len() >= FINDINGS_LIMIT {
            return;
        }
        let unit = self.reach.unit_of(place, number);
        let found = match self.verdict(&node.op) {
            Verdict::Computes => None,
            Verdict::Classified(row) => self.rule(place, unit, node, row).map(|policy| {
                let computes_here = policy == OpPolicy::Strict && !matches!(row.rule, Rule::Strictly);
                (row.class, if computes_here { UNLISTED } else { row.what }.to_owned(), policy)
            }),
            Verdict::Unlisted => Some((OpClass::Unlisted, UNLISTED.to_owned(), OpPolicy::Strict)),
            Verdict::Unknown => {
                let why = match known::library_of(&node.op) {
                    Some(library) => format!("is no op of TensorFlow; it lives in {library}"),
                    None => "is no op of TensorFlow".into(),
                };
                Some((OpClass::Unknown, why, OpPolicy::Standard))
            }
        };
        if let Some((class, why, refused_by)) = found {
            let value = self.value(place, node);
            self.add(place, unit, Finding { value, ..finding(node, class, why, refused_by) });
        }
        let mut hidden = Vec::new();
        hidden::graphs(node, &mut |graph| inside(graph, &mut hidden));
        for mut finding in hidden {
            finding.hidden_in = Some(format!("a value of node `{}`", shown(&node.name)));
            self.add(place, unit, finding);
        }
    }

    fn verdict(&mut self, op: &'a str) -> Verdict {
        if let Some(verdict) = self.verdicts.get(op) {
            return *verdict;
        }
        let verdict = match (classes::find(op), known::find(op)) {
            _ if self.reach.function_number(op).is_some() => Verdict::Computes,
            (Some(row), _) => Verdict::Classified(row),
            (None, Some(known)) if known::computes(op, known) => Verdict::Computes,
            (None, Some(_)) => Verdict::Unlisted,
            (None, None) => Verdict::Unknown,
        };
        self.verdicts.insert(op, verdict);
        verdict
    }

    /// The most lenient policy that refuses a node of the table where it stands.
    fn rule(&mut self, place: Place, unit: usize, node: &'a NodeDef, row: &Row) -> Option<OpPolicy> {
        let unless = |harmless: bool, else_by| if harmless { else_by } else { Some(OpPolicy::Standard) };
        match row.rule {
            Rule::Always => Some(OpPolicy::Standard),
            Rule::Strictly => Some(OpPolicy::Strict),
            Rule::Attribute(name, is_harmless) => {
                let value = node.attr.get(name).map(|value| &value.value);
                let harmless = match value {
                    None => true,
                    Some(Some(AttrValueValue::S(text))) => is_harmless(text),
                    Some(_) => false,
                };
                unless(harmless, Some(OpPolicy::Strict))
            }
            Rule::NamesFile(input) => {
                let named = self.origins.constant(place, node, input);
                unless(named.is_some_and(<[u8]>::is_empty), Some(OpPolicy::Strict))
            }
            Rule::SaverSaves => unless(!self.reached.by_others[unit] && !self.reached.by_restore[unit], None),
            Rule::SaverRestores => {
                let own = !self.reached.by_restore[unit] || self.origins.of_input(place, node, 0).is_checkpoint();
                unless(!self.reached.by_others[unit] && own, None)
            }
            Rule::Asset(input) => unless(self.is_asset(place, unit, node, input), None),
            Rule::AssetButStrictly(input) => unless(self.is_asset(place, unit, node, input), Some(OpPolicy::Strict)),
        }
    }

    /// Whether an input is the path of an asset whenever the node runs.
    fn is_asset(&mut self, place: Place, unit: usize, node: &'a NodeDef, input: usize) -> bool {
        // A graph that is run itself is given the paths while it is initialised: later it has those of its author.
        let given = self.tf2 || !self.reached.by_signature[unit];
        given && self.origins.of_input(place, node, input).is_asset()
    }

    /// What a node acts on, as far as it says so: a text among its attributes, else among its inputs.
    fn value(&mut self, place: Place, node: &'a NodeDef) -> Option<String> {
        if let Some(value) = told_attribute(node) {
            return Some(value);
        }
        let inputs = node.input.len().min(8);
        (0..inputs).find_map(|input| {
            let text = self.origins.constant(place, node, input).filter(|text| !text.is_empty())?;
            Some(format!("input {input} is `{}`", shown_bytes(text)))
        })
    }

    fn add(&mut self, place: Place, unit: usize, mut finding: Finding) {
        if let Place::Function(function) = place {
            finding.function = Some(self.reach.functions[function].name().to_owned());
        }
        finding.tags = self.tags.to_vec();
        self.findings.push(finding);
        self.units.push(unit);
    }

    fn finish(mut self) -> Vec<Finding> {
        if self.findings.is_empty() {
            return self.findings;
        }
        let users = self.reach.users();
        let mut ways: HashMap<usize, Vec<String>> = HashMap::new();
        for (finding, unit) in self.findings.iter_mut().zip(&self.units) {
            if ways.len() < WAYS_LIMIT || ways.contains_key(unit) {
                finding.reached_from = ways.entry(*unit).or_insert_with(|| self.reach.ways(*unit, &users)).clone();
            }
        }
        self.findings
    }
}

/// The findings in a graph that was hidden in a value: there, no place is the right one.
fn inside(graph: &GraphDef, findings: &mut Vec<Finding>) {
    for node in hidden::nodes(graph) {
        let Some(row) = classes::find(&node.op).filter(|row| !matches!(row.rule, Rule::Strictly)) else { continue };
        if findings.len() < FINDINGS_LIMIT {
            let value = told_attribute(node);
            findings.push(Finding { value, ..finding(node, row.class, row.what.into(), OpPolicy::Standard) });
        }
    }
}

fn finding(node: &NodeDef, class: OpClass, why: String, refused_by: OpPolicy) -> Finding {
    Finding {
        op: node.op.clone(),
        class,
        why,
        node: node.name.clone(),
        function: None,
        hidden_in: None,
        tags: Vec::new(),
        reached_from: Vec::new(),
        value: None,
        refused_by,
    }
}

/// The first text among a node's attributes that is not about its place.
fn told_attribute(node: &NodeDef) -> Option<String> {
    node.attr.iter().find_map(|(name, value)| {
        let told = !name.starts_with('_') && !matches!(name.as_str(), "container" | "shared_name" | "device");
        let text = match &value.value {
            Some(AttrValueValue::S(text)) if told => text,
            Some(AttrValueValue::List(list)) if told => list.s.first()?,
            _ => return None,
        };
        (!text.is_empty()).then(|| format!("{} = `{}`", shown(name), shown_bytes(text)))
    })
}

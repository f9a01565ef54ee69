//! The state of a TF1 model: variables, tables and assets, each one object of the upgraded model and, in each meta
//! graph, one node whose place an argument of functions takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::super::variables::{self, Tf1Variable};
use super::super::{node, operation, tensor_name};
use super::VariableValues;
use super::traces::legal;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::graph::{Node, Operation, Scope};
use crate::saved_model::collections::{self, TABLE_INITIALIZERS, node_list};
use crate::saved_model::proto::{ArgDef, AttrValue, AttrValueValue, FunctionDef, GraphDef, MetaGraphDef, NodeDef};
use crate::saved_model::write::{ObjectId, SavedModelBuilder};
use crate::saved_model::{FunctionSpec, SavedModel, Spec, TensorSpec};
use crate::tensor::{Nest, Shape};

/// Ops that make a table.
const TABLES: [&str; 4] =
    ["HashTableV2", "MutableDenseHashTableV2", "MutableHashTableOfTensorsV2", "MutableHashTableV2"];

/// The objects made so far, for all meta graphs.
pub(super) struct State<'m> {
    model: &'m SavedModel,
    values: VariableValues<'m>,
    files: &'m dyn Fn(&str) -> PathBuf,
    trainable: BTreeSet<String>,
    /// In the order in which they were met.
    variables: Vec<(String, ObjectId)>,
    /// By the names of their nodes.
    tables: BTreeMap<String, ObjectId>,
    /// By the names of the files.
    assets: BTreeMap<String, ObjectId>,
}

/// A node of a graph that functions capture, with its object.
pub(super) type Captured<'g> = (Node<'g>, ObjectId);

impl<'m> State<'m> {
    pub(super) fn new(
        model: &'m SavedModel,
        values: VariableValues<'m>,
        files: &'m dyn Fn(&str) -> PathBuf,
        trainable: BTreeSet<String>,
    ) -> State<'m> {
        State {
            model,
            values,
            files,
            trainable,
            variables: Vec::new(),
            tables: BTreeMap::new(),
            assets: BTreeMap::new(),
        }
    }

    /// The variables, and whether each is trainable.
    pub(super) fn variables(&self) -> impl Iterator<Item = (ObjectId, bool)> {
        self.variables.iter().map(|(name, object)| (*object, self.trainable.contains(name)))
    }

    pub(super) fn tables(&self) -> Vec<ObjectId> {
        self.tables.values().copied().collect()
    }

    pub(super) fn assets(&self) -> Vec<ObjectId> {
        self.assets.values().copied().collect()
    }

    /// The state of one meta graph, whose graph was imported into `scope`.
    pub(super) fn of<'g>(
        &mut self,
        meta_graph: &MetaGraphDef,
        graph: &GraphDef,
        scope: &'g Scope,
        builder: &mut SavedModelBuilder,
    ) -> Result<Vec<Captured<'g>>> {
        let mut captured = Vec::new();
        for variable in &variables::read(meta_graph)?.0 {
            captured.push((node(scope, &variable.handle)?, self.variable(variable, builder)?));
        }
        for asset in collections::assets(meta_graph)? {
            let missing = || Error::structure(format!("the asset `{}` is for no tensor", asset.filename));
            let tensor = asset.tensor_info.as_ref().and_then(tensor_name).ok_or_else(missing)?;
            captured.push((node(scope, tensor)?, self.asset(&asset.filename, builder)?));
        }
        let tables: Vec<&NodeDef> = graph.node.iter().filter(|node| TABLES.contains(&node.op.as_str())).collect();
        let mut new = Vec::new();
        for table in &tables {
            let handle = node(scope, &table.name)?;
            let object = match self.tables.get(&table.name) {
                Some(known) => *known,
                None => {
                    let made = self.table(table, handle, scope, builder)?;
                    new.push((table.name.clone(), made));
                    made
                }
            };
            captured.push((handle, object));
        }
        self.fill(meta_graph, graph, scope, &new, &captured, builder)?;
        Ok(captured)
    }

    fn variable(&mut self, variable: &Tf1Variable, builder: &mut SavedModelBuilder) -> Result<ObjectId> {
        let name = &variable.spec.name;
        if let Some((_, known)) = self.variables.iter().find(|(own, _)| own == name) {
            return Ok(*known);
        }
        let part = variable.slice.as_ref().map(|slice| (&slice.var_offset[..], &slice.var_shape[..]));
        let value = (self.values)(&variable.key, part)?;
        let mut spec = variable.spec.clone();
        spec.trainable = self.trainable.contains(name);
        if spec.shape.rank().is_none() {
            spec.shape = Shape::known(value.shape());
        }
        let object = builder.variable(&spec, value)?;
        self.variables.push((name.clone(), object));
        Ok(object)
    }

    fn asset(&mut self, file: &str, builder: &mut SavedModelBuilder) -> Result<ObjectId> {
        if let Some(known) = self.assets.get(file) {
            return Ok(*known);
        }
        let object = builder.asset(&(self.files)(file))?;
        self.assets.insert(file.to_owned(), object);
        Ok(object)
    }

    /// A table, with the function that makes it.
    fn table(
        &mut self,
        table: &NodeDef,
        handle: Node<'_>,
        scope: &Scope,
        builder: &mut SavedModelBuilder,
    ) -> Result<ObjectId> {
        let object = builder.resource();
        let name = builder.free_function_name(&format!("{}_create", legal(&table.name)));
        let mut functions = scope.export_function(&name, &[], &[handle], &[])?;
        for node in &mut functions[0].node_def {
            self.name_apart(node);
        }
        self.function(object, "_create_resource", functions, &[], builder)?;
        let end = Scope::new()?;
        let name = builder.free_function_name(&format!("{}_destroy", legal(&table.name)));
        let functions = end.export_function(&name, &[], &[end.constant(1_i32)], &[])?;
        self.function(object, "_destroy_resource", functions, &[], builder)?;
        self.tables.insert(table.name.clone(), object);
        Ok(object)
    }

    /// Two models in one program may have tables of one name, which would be one table.
    fn name_apart(&self, node: &mut NodeDef) {
        if TABLES.contains(&node.op.as_str()) {
            let own = format!("{:08x}_{}", self.model.fingerprint().crc(), node.name);
            let text = |text: String| AttrValue { value: Some(AttrValueValue::S(text.into_bytes())) };
            node.attr.insert("shared_name".into(), text(own));
            node.attr.insert("use_node_name_sharing".into(), AttrValue { value: Some(AttrValueValue::B(false)) });
        }
    }

    /// What fills the tables that are new.
    fn fill(
        &self,
        meta_graph: &MetaGraphDef,
        graph: &GraphDef,
        scope: &Scope,
        new: &[(String, ObjectId)],
        captured: &[Captured<'_>],
        builder: &mut SavedModelBuilder,
    ) -> Result<()> {
        let mut filling: BTreeMap<usize, Vec<Operation<'_>>> = BTreeMap::new();
        for initialiser in node_list(meta_graph, TABLE_INITIALIZERS) {
            if let Some(place) = filled_by(graph, initialiser, new) {
                filling.entry(place).or_default().push(operation(scope, initialiser)?);
            }
        }
        let handles: Vec<Node<'_>> = captured.iter().map(|(node, _)| *node).collect();
        for (place, (table, object)) in new.iter().enumerate() {
            let name = builder.free_function_name(&format!("{}_initialize", legal(table)));
            let effects = filling.remove(&place).unwrap_or_default();
            let done = scope.with_control_dependencies(&effects, |scope| scope.constant(1_i32));
            let (functions, taken) = scope.export_trace(&name, &[], &handles, &[done], &effects)?;
            let objects: Vec<ObjectId> = taken.into_iter().map(|place| captured[place].1).collect();
            self.function(*object, "_initialize", functions, &objects, builder)?;
        }
        Ok(())
    }

    fn function(
        &self,
        object: ObjectId,
        name: &str,
        functions: Vec<FunctionDef>,
        captured: &[ObjectId],
        builder: &mut SavedModelBuilder,
    ) -> Result<()> {
        let mut functions = functions.into_iter();
        let first = functions.next().ok_or_else(|| Error::structure(format!("`{name}` is no function")))?;
        functions.for_each(|called| builder.library_function(called));
        let outputs = first.signature.as_ref().map_or(&[][..], |signature| &signature.output_arg);
        let spec = |argument: &ArgDef| {
            let dtype = DType::from_number(argument.r#type);
            let dtype = dtype.ok_or_else(|| Error::structure(format!("`{name}` gives no known type")))?;
            let spec = TensorSpec { name: None, shape: Shape::known(&[]), dtype };
            Ok(Nest::Leaf(Spec::Tensor(spec)))
        };
        let outputs = match outputs {
            [only] => spec(only)?,
            _ => Nest::None,
        };
        let arguments = Nest::Tuple(vec![Nest::Tuple(Vec::new()), Nest::Dict(BTreeMap::new())]);
        let trace = builder.trace(first, &arguments, &outputs, captured)?;
        let function = builder.function(&FunctionSpec::default(), &[trace])?;
        builder.child(object, name, function)
    }
}

/// Which of the tables an operation fills: the first that it rests on.
fn filled_by(graph: &GraphDef, initialiser: &str, tables: &[(String, ObjectId)]) -> Option<usize> {
    let nodes: BTreeMap<&str, &NodeDef> = graph.node.iter().map(|node| (node.name.as_str(), node)).collect();
    let mut open = vec![node_name(initialiser)];
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(place) = tables.iter().position(|(table, _)| table == name) {
            return Some(place);
        }
        if seen.insert(name) {
            // The table is the first input, so it is looked at first.
            let inputs = nodes.get(name).into_iter().flat_map(|node| node.input.iter().rev());
            open.extend(inputs.map(|input| node_name(input)));
        }
    }
    None
}

/// The name of the node in that of a tensor or an edge of control.
pub(super) fn node_name(tensor: &str) -> &str {
    let name = tensor.strip_prefix('^').unwrap_or(tensor);
    name.split(':').next().unwrap_or(name)
}

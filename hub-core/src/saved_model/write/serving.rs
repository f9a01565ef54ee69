//! The graph for those who serve a model without its objects: the C++ loader, TensorFlow Serving.
//!
//! ```text
//! KEY_INPUT (placeholder) ─┐
//! variables' handles ──────┼─ StatefulPartitionedCall: the signature's function ── outputs
//! constants, tables ───────┘
//! saver_filename (placeholder) ─┬─ save/SaveV2      ── save/done       reads the variables
//!                               └─ save/RestoreV2   ── save/restore_all sets variables and tables
//! asset_path (placeholder) ── its variable; tables are initialised ── init    runs after the restore
//! ```
//!
//! The loader feeds the paths of the assets only while it initialises, so each is kept in a variable.

use std::collections::{BTreeMap, HashMap};

use super::super::proto::{
    AssetFileDef, CollectionDef, CollectionDefKind, GraphDef, MetaGraphDef, MetaInfoDef, NodeDef, NodeList, SaverDef,
    SignatureDef, TensorInfo, TensorInfoEncoding, VersionDef,
};
use super::super::structure::TensorSpec;
use super::super::{proto, shape};
use super::builder::SavedModelBuilder;
use super::keys::Keys;
use super::nodes::{call, constant, dtype, node, placeholder, types, variable_handle};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::tensor::{Shape, Tensor};

const INIT_OP: &str = "__saved_model_init_op";
const PREDICT: &str = "tensorflow/serving/predict";

/// The version of graphs that TensorFlow 2.13 writes, and the oldest that reads them.
const PRODUCER: i32 = 1482;
const MIN_CONSUMER: i32 = 12;

/// The second form of savers, which all releases since 1.0 write.
const SAVER_V2: i32 = 2;

/// The serving graph under construction.
struct Serving<'b> {
    builder: &'b mut SavedModelBuilder,
    nodes: Vec<NodeDef>,
    /// The tensors that functions get for the objects that they have captured.
    captured: HashMap<usize, String>,
    /// The paths of assets as they are fed, which is while the model is initialised only.
    fed_paths: HashMap<usize, String>,
    /// The nodes that run when the model is initialised.
    initialisers: Vec<String>,
    assets: Vec<AssetFileDef>,
}

/// The meta graph, all but the object graph.
pub(super) fn meta_graph(builder: &mut SavedModelBuilder, keys: &Keys) -> Result<MetaGraphDef> {
    let mut serving = Serving {
        builder,
        nodes: Vec::new(),
        captured: HashMap::new(),
        fed_paths: HashMap::new(),
        initialisers: Vec::new(),
        assets: Vec::new(),
    };
    serving.variables();
    serving.constants();
    serving.assets();
    serving.resources()?;
    let mut signature_def = serving.signatures()?;
    let init = serving.initialiser();
    let saver_def = serving.saver(keys)?;
    let nothing = TensorInfo {
        encoding: Some(TensorInfoEncoding::Name(init.clone())),
        tensor_shape: Some(shape::encode(&Shape::unknown())),
        ..TensorInfo::default()
    };
    let init_op = SignatureDef { outputs: [(INIT_OP.to_owned(), nothing)].into(), ..SignatureDef::default() };
    signature_def.insert(INIT_OP.into(), init_op);
    let main_op = CollectionDef { kind: Some(CollectionDefKind::NodeList(NodeList { value: vec![init] })) };
    let Serving { nodes, assets, builder, .. } = serving;
    let library = proto::FunctionDefLibrary {
        function: std::mem::take(&mut builder.library).into_values().collect(),
        registered_gradients: std::mem::take(&mut builder.gradients),
        ..Default::default()
    };
    Ok(MetaGraphDef {
        meta_info_def: Some(MetaInfoDef {
            tags: vec!["serve".into()],
            tensorflow_version: builder.tensorflow_version.clone(),
            stripped_default_attrs: true,
            ..MetaInfoDef::default()
        }),
        graph_def: Some(GraphDef {
            node: nodes,
            versions: Some(VersionDef { producer: PRODUCER, min_consumer: MIN_CONSUMER, ..VersionDef::default() }),
            library: Some(library),
            ..GraphDef::default()
        }),
        saver_def: Some(saver_def),
        collection_def: [("saved_model_main_op".to_owned(), main_op)].into(),
        signature_def,
        asset_file_def: assets,
        object_graph_def: None,
    })
}

impl Serving<'_> {
    fn add(&mut self, node: NodeDef) -> String {
        let name = node.name.clone();
        self.nodes.push(node);
        name
    }

    fn name(&mut self, wanted: &str) -> String {
        self.builder.names.unique(wanted)
    }

    fn variables(&mut self) {
        let specs: Vec<_> = self.builder.variables.iter().map(|(node, (spec, _))| (*node, spec.clone())).collect();
        for (node, spec) in specs {
            let name = self.name(if spec.name.is_empty() { "variable" } else { &spec.name });
            let handle = self.add(variable_handle(&name, spec.dtype, &spec.shape));
            self.captured.insert(node, handle);
        }
    }

    fn constants(&mut self) {
        for (node, (name, value)) in self.builder.constants.clone() {
            let name = self.add(constant(&name, &value));
            self.captured.insert(node, name);
        }
    }

    /// A variable for the path of each asset.
    fn assets(&mut self) {
        let assets: Vec<_> = self.builder.assets.iter().map(|asset| (asset.node, asset.name.clone())).collect();
        for (object, filename) in assets {
            let scalar = Shape::scalar();
            let name = self.name("asset_path_initializer");
            let fed = self.add(placeholder(&name, DType::String, &scalar));
            let name = self.name("asset_path");
            let handle = self.add(variable_handle(&name, DType::String, &scalar));
            let name = self.name("asset_path/Assign");
            let text = || vec![("dtype", dtype(DType::String))];
            let assign = self.add(node(&name, "AssignVariableOp", vec![handle.clone(), fed.clone()], text()));
            let name = self.name("asset_path/Read");
            let read = self.add(node(&name, "ReadVariableOp", vec![handle], text()));
            self.captured.insert(object, read);
            self.fed_paths.insert(object, fed.clone());
            self.initialisers.push(assign);
            let tensor_info =
                Some(tensor_info(format!("{fed}:0"), &TensorSpec { name: None, shape: scalar, dtype: DType::String }));
            self.assets.push(AssetFileDef { tensor_info, filename });
        }
    }

    /// The handles of tables, and what fills them.
    fn resources(&mut self) -> Result<()> {
        let is_resource = |node: &proto::SavedObject| matches!(node.kind, Some(proto::SavedObjectKind::Resource(_)));
        let resources: Vec<usize> =
            (0..self.builder.nodes.len()).filter(|node| is_resource(&self.builder.nodes[*node])).collect();
        for resource in &resources {
            if let Some(create) = self.function_of(*resource, "_create_resource") {
                let name = self.call("resource", &create, Vec::new())?;
                self.captured.insert(*resource, name);
            }
        }
        // Nothing holds the reading of an asset's path back until it is set, so what initialises takes what is fed.
        let with_fed_paths = self.captured.clone().into_iter().chain(self.fed_paths.clone()).collect();
        let captured = std::mem::replace(&mut self.captured, with_fed_paths);
        for resource in &resources {
            if let Some(initialise) = self.function_of(*resource, "_initialize") {
                let name = self.call("initialize", &initialise, Vec::new())?;
                self.initialisers.push(name);
            }
        }
        self.captured = captured;
        Ok(())
    }

    /// The first trace of the function that an object has under a name.
    fn function_of(&self, object: usize, name: &str) -> Option<String> {
        let child = self.builder.nodes[object].children.iter().find(|child| child.local_name == name)?;
        self.first_trace(child.node_id)
    }

    fn first_trace(&self, object: i32) -> Option<String> {
        match &self.builder.nodes.get(usize::try_from(object).ok()?)?.kind {
            Some(proto::SavedObjectKind::Function(function)) => function.concrete_functions.first().cloned(),
            Some(proto::SavedObjectKind::BareConcreteFunction(function)) => {
                Some(function.concrete_function_name.clone())
            }
            _ => None,
        }
    }

    /// A call of a trace on these tensors and what it has captured.
    fn call(&mut self, wanted: &str, trace: &str, mut inputs: Vec<String>) -> Result<String> {
        let missing = || Error::structure(format!("there is no trace `{trace}`"));
        let captured = &self.builder.concrete_functions.get(trace).ok_or_else(missing)?.bound_inputs;
        for object in captured {
            let index = usize::try_from(*object).unwrap_or(usize::MAX);
            let unmade = || Error::structure(format!("`{trace}` captures object {object}, which is no tensor"));
            inputs.push(self.captured.get(&index).cloned().ok_or_else(unmade)?);
        }
        let signature = self.builder.library.get(trace).and_then(|function| function.signature.as_ref());
        let signature = signature.ok_or_else(missing)?;
        let types = |arguments: &[proto::ArgDef]| arguments.iter().map(|argument| argument.r#type).collect::<Vec<_>>();
        let (takes, gives) = (types(&signature.input_arg), types(&signature.output_arg));
        let name = self.builder.names.unique(wanted);
        Ok(self.add(call(&name, trace, inputs, &takes, &gives)))
    }

    fn signatures(&mut self) -> Result<BTreeMap<String, SignatureDef>> {
        let signatures = std::mem::take(&mut self.builder.signatures);
        let mut definitions = BTreeMap::new();
        for (key, signature) in signatures {
            let mut inputs = BTreeMap::new();
            let mut fed = Vec::new();
            for (input, spec) in &signature.inputs {
                let name = self.name(&format!("{key}_{input}"));
                let name = self.add(placeholder(&name, spec.dtype, &spec.shape));
                inputs.insert(input.clone(), tensor_info(format!("{name}:0"), spec));
                fed.push(name);
            }
            let call = self.call("StatefulPartitionedCall", &signature.function, fed)?;
            let output = |(place, (name, spec)): (usize, &(String, TensorSpec))| {
                (name.clone(), tensor_info(format!("{call}:{place}"), spec))
            };
            let outputs = signature.outputs.iter().enumerate().map(output).collect();
            let method_name = PREDICT.to_owned();
            definitions.insert(key, SignatureDef { inputs, outputs, method_name, ..SignatureDef::default() });
        }
        Ok(definitions)
    }

    /// The node that waits for all that initialises.
    fn initialiser(&mut self) -> String {
        let controls = self.initialisers.iter().map(|node| format!("^{node}")).collect();
        let name = self.name("init");
        self.add(node(&name, "NoOp", controls, Vec::new()))
    }

    fn saver(&mut self, keys: &Keys) -> Result<SaverDef> {
        let name = self.name("saver_filename");
        let file = self.add(placeholder(&name, DType::String, &Shape::scalar()));
        let save = self.save(keys, &file);
        let restore = self.restore(keys, &file)?;
        Ok(SaverDef {
            filename_tensor_name: format!("{file}:0"),
            save_tensor_name: format!("{save}:0"),
            restore_op_name: restore,
            version: SAVER_V2,
            ..SaverDef::default()
        })
    }

    /// What writes the variables; the tensor of the file's name stands for its end.
    fn save(&mut self, keys: &Keys, file: &str) -> String {
        let mut controls = Vec::new();
        if !keys.variables.is_empty() {
            let mut inputs = vec![file.to_owned()];
            inputs.extend(self.names_and_slices("save", keys.variables.values().cloned().collect()));
            let mut of = Vec::new();
            for variable in keys.variables.keys() {
                let dtype_of = self.builder.variables[variable].0.dtype;
                let (name, handle) = (self.name("save/Read"), self.captured[variable].clone());
                inputs.push(self.add(node(&name, "ReadVariableOp", vec![handle], vec![("dtype", dtype(dtype_of))])));
                of.push(dtype_of.number());
            }
            let name = self.name("save/SaveV2");
            controls.push(format!("^{}", self.add(node(&name, "SaveV2", inputs, vec![("dtypes", types(&of))]))));
        }
        let name = self.name("save/done");
        let inputs = [vec![file.to_owned()], controls].concat();
        self.add(node(&name, "Identity", inputs, vec![("T", dtype(DType::String))]))
    }

    /// What sets variables and tables.
    fn restore(&mut self, keys: &Keys, file: &str) -> Result<String> {
        let mut controls = Vec::new();
        let variables: Vec<_> = keys.variables.iter().map(|(node, key)| (*node, key.clone())).collect();
        let of: Vec<DType> = variables.iter().map(|(node, _)| self.builder.variables[node].0.dtype).collect();
        let restored = self.restored(file, variables.iter().map(|(_, key)| key.clone()).collect(), &of);
        for (((variable, _), value), of) in variables.iter().zip(restored).zip(of) {
            let (name, handle) = (self.name("save/Assign"), self.captured[variable].clone());
            let assign = node(&name, "AssignVariableOp", vec![handle, value], vec![("dtype", dtype(of))]);
            controls.push(format!("^{}", self.add(assign)));
        }
        for ((object, attribute), values) in self.builder.tables.clone() {
            let Some(key) = keys.tables.get(&(object, attribute.clone())) else { continue };
            let functions = self.builder.nodes[object].saveable_objects.get(&attribute);
            let Some(trace) = functions.and_then(|two| self.first_trace(two.restore_function)) else { continue };
            let of: Vec<DType> = values.iter().map(|(_, value)| value.dtype()).collect();
            let restored = self.restored(file, values.iter().map(|(end, _)| format!("{key}{end}")).collect(), &of);
            controls.push(format!("^{}", self.call("save/restore_table", &trace, restored)?));
        }
        let name = self.name("save/restore_all");
        Ok(self.add(node(&name, "NoOp", controls, Vec::new())))
    }

    /// Tensors of the checkpoint.
    fn restored(&mut self, file: &str, keys: Vec<String>, of: &[DType]) -> Vec<String> {
        if keys.is_empty() {
            return Vec::new();
        }
        let mut inputs = vec![file.to_owned()];
        inputs.extend(self.names_and_slices("save/RestoreV2", keys));
        let numbers: Vec<i32> = of.iter().map(|dtype| dtype.number()).collect();
        let name = self.name("save/RestoreV2");
        let restored = self.add(node(&name, "RestoreV2", inputs, vec![("dtypes", types(&numbers))]));
        (0..of.len()).map(|output| format!("{restored}:{output}")).collect()
    }

    /// The constants that name tensors of a checkpoint, each whole.
    fn names_and_slices(&mut self, scope: &str, keys: Vec<String>) -> [String; 2] {
        let whole = vec![String::new(); keys.len()];
        [("tensor_names", keys), ("shape_and_slices", whole)].map(|(end, texts)| {
            let name = self.name(&format!("{scope}/{end}"));
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let strings = Tensor::strings(&[texts.len()], texts).expect("as many strings as the shape says");
            self.add(constant(&name, &strings))
        })
    }
}

fn tensor_info(name: String, spec: &TensorSpec) -> TensorInfo {
    TensorInfo {
        encoding: Some(TensorInfoEncoding::Name(name)),
        dtype: spec.dtype.number(),
        tensor_shape: Some(shape::encode(&spec.shape)),
    }
}

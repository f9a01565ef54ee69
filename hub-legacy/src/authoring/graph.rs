//! What a module function writes into: a graph, and what the module says of it.

use std::collections::BTreeMap;
use std::path::Path;

use hub_core::graph::{Node, Operation, Scope};
use hub_core::model::GraphValue;
use prost::Message;

use crate::error::{Error, Result};
use crate::module::{Module, ModuleInstance};

/// The graph of one variant of a module under construction.
///
/// Variables are those that the function makes by [`Scope::variable`], and those of modules that it uses.
#[derive(Debug)]
pub struct ModuleGraph<'g> {
    pub(super) scope: &'g Scope,
    pub(super) signatures: BTreeMap<String, Ends<'g>>,
    pub(super) attachments: Vec<(String, Vec<u8>)>,
    pub(super) frozen: Vec<String>,
    pub(super) updates: Vec<Operation<'g>>,
    pub(super) losses: Vec<Node<'g>>,
    pub(super) table_initializers: Vec<Operation<'g>>,
    /// Files: the nodes of their paths, and the paths.
    pub(super) assets: Vec<(Node<'g>, String)>,
    pub(super) collections: BTreeMap<String, Vec<String>>,
}

/// What a signature takes and gives, by name.
#[derive(Debug)]
pub(super) struct Ends<'g> {
    pub(super) inputs: BTreeMap<String, GraphValue<'g>>,
    pub(super) outputs: BTreeMap<String, GraphValue<'g>>,
}

/// What a signature can take and give: a node, or a [`GraphValue`] of several.
pub trait IntoEnd<'g> {
    /// The value.
    fn into_end(self) -> GraphValue<'g>;
}

impl<'g> IntoEnd<'g> for Node<'g> {
    fn into_end(self) -> GraphValue<'g> {
        GraphValue::Node(self)
    }
}

impl<'g> IntoEnd<'g> for GraphValue<'g> {
    fn into_end(self) -> GraphValue<'g> {
        self
    }
}

impl<'g> ModuleGraph<'g> {
    pub(super) fn new(scope: &'g Scope) -> ModuleGraph<'g> {
        ModuleGraph {
            scope,
            signatures: BTreeMap::new(),
            attachments: Vec::new(),
            frozen: Vec::new(),
            updates: Vec::new(),
            losses: Vec::new(),
            table_initializers: Vec::new(),
            assets: Vec::new(),
            collections: BTreeMap::new(),
        }
    }

    /// The graph.
    pub fn scope(&self) -> &'g Scope {
        self.scope
    }

    /// A signature by its name, with named inputs and outputs; the name `default` is what callers get where they name
    /// none, of outputs too. One of a name that is there replaces it: `hub.add_signature`.
    ///
    /// # Errors
    /// [`Error::SignatureRefused`] for a literal among them.
    pub fn add_signature<I: IntoEnd<'g>, O: IntoEnd<'g>>(
        &mut self,
        name: &str,
        inputs: impl IntoIterator<Item = (&'static str, I)>,
        outputs: impl IntoIterator<Item = (&'static str, O)>,
    ) -> Result<()> {
        let inputs: BTreeMap<_, _> = inputs.into_iter().map(|(key, end)| (key.to_owned(), end.into_end())).collect();
        let outputs: BTreeMap<_, _> = outputs.into_iter().map(|(key, end)| (key.to_owned(), end.into_end())).collect();
        if let Some(key) = inputs.iter().chain(&outputs).find(|(_, end)| is_literal(end)).map(|(key, _)| key) {
            let why = format!("`{key}` should be a tensor, a sparse or a ragged tensor");
            return Err(Error::SignatureRefused { signature: name.to_owned(), why });
        }
        self.signatures.insert(name.to_owned(), Ends { inputs, outputs });
        Ok(())
    }

    /// A message that users of the module can read; of two under one key the last counts: `hub.attach_message`.
    ///
    /// # Errors
    /// [`Error::AttachmentKey`] for a key that is no letter with letters, digits and `_` behind it.
    pub fn attach_message(&mut self, key: &str, message: &impl Message) -> Result<()> {
        let mut characters = key.chars();
        let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
        if !starts || !characters.all(|next| next.is_ascii_alphanumeric() || next == '_') {
            return Err(Error::AttachmentKey { key: key.to_owned() });
        }
        self.attachments.push((key.to_owned(), message.encode_to_vec()));
        Ok(())
    }

    /// Says which images the module takes: `hub.attach_image_module_info`.
    ///
    /// # Errors
    /// None.
    pub fn attach_image_module_info(&mut self, height: u32, width: u32) -> Result<()> {
        let size = hub_core::saved_model::proto::ImageSize { height, width };
        let info = hub_core::saved_model::proto::ImageModuleInfo { default_image_size: Some(size) };
        self.attach_message("image_module_info", &info)
    }

    /// The variable of this name is not one that training changes.
    pub fn not_trainable(&mut self, name: &str) {
        self.frozen.push(name.to_owned());
    }

    /// An operation that training runs with each step: the collection `update_ops`.
    pub fn add_update(&mut self, update: Operation<'g>) {
        self.updates.push(update);
    }

    /// A scalar that training adds to the loss: the collection `regularization_losses`.
    pub fn add_regularization_loss(&mut self, loss: Node<'g>) {
        self.losses.push(loss);
    }

    /// An operation that fills a table: the collection `table_initializer`.
    pub fn add_table_initializer(&mut self, initializer: Operation<'g>) {
        self.table_initializers.push(initializer);
    }

    /// A file that goes along with the module, as the node of its path: the collection `asset_filepaths`.
    ///
    /// # Errors
    /// [`NotAModel`](hub_core::Error::NotAModel) where the path names no file.
    pub fn add_asset(&mut self, file: &Path) -> Result<Node<'g>> {
        let missing = |why: &str| hub_core::Error::NotAModel { path: file.to_owned(), why: why.into() };
        let path = file.to_str().ok_or_else(|| missing("TensorFlow needs its path as UTF-8"))?;
        if !file.is_file() {
            return Err(missing("an asset is a file").into());
        }
        let node = self.scope.constant(path);
        self.assets.push((node, path.to_owned()));
        Ok(node)
    }

    /// A further collection of nodes. The format knows none but its own: leave it out by `drop_collections`.
    pub fn add_to_collection(&mut self, collection: &str, node: Node<'g>) {
        self.collections.entry(collection.to_owned()).or_default().push(node.operation().name());
    }

    /// Uses another module in this one: its variables, tables and files become this module's own.
    ///
    /// # Errors
    /// Those of [`Module::instantiate`].
    pub fn use_module(&mut self, module: &Module) -> Result<ModuleInstance<'g>> {
        let instance = module.instantiate(self.scope)?;
        if !module.options().is_trainable() {
            let names = instance.variables().into_iter().map(|variable| variable.handle().operation().name());
            self.frozen.extend(names);
        }
        for file in module.files() {
            // The nodes of the paths are constants that the instance has made.
            for node in instance.instance().nodes(self.scope) {
                if node.operation().op() == "Const" && path_of(node).as_deref() == Some(file.as_str()) {
                    self.assets.push((node, file.clone()));
                }
            }
        }
        Ok(instance)
    }
}

fn is_literal(value: &GraphValue<'_>) -> bool {
    matches!(value, GraphValue::Literal(_))
}

/// The text of a constant that is a path.
fn path_of(node: Node<'_>) -> Option<String> {
    let value = node.constant_value()?;
    match value.as_strings().ok()? {
        [only] => String::from_utf8(only.clone()).ok(),
        _ => None,
    }
}

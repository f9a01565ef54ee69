//! What the macro knows of a real model: its description, read while the program compiles.
//!
//! [`infer`](crate::infer) asks about each `KerasLayer`; [`hub_model`](crate::hub_model) about its handle. No engine and
//! no network, ever: a description comes from a model in the crate, or from a record in `hub.lock`.
//!
//! | file | holds |
//! |---|---|
//! | `mod` | the descriptions of one invocation, and what was chosen in each |
//! | `handle` | the handle that an expression is |
//! | `find` | from a handle to a description |
//! | `read` | models and lock files, each read once |
//! | `rules` | what goes together: the table of hub-legacy |
//! | `choose` | the arguments of a layer against the description |

mod choose;
mod find;
mod handle;
mod read;
pub(crate) mod rules;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use hub_core::saved_model::Description;
use hub_core::saved_model::describe::MetaGraph;
use proc_macro2::TokenStream;
use quote::quote;

use crate::check::CheckedLayer;
use crate::report::Report;

pub(crate) use find::Found;
pub(crate) use handle::text_of;

/// A model and its description.
#[derive(Debug)]
pub(crate) struct Contract {
    /// The handle as it was written.
    pub(crate) handle: String,
    /// The description.
    pub(crate) description: Arc<Description>,
}

/// What a `KerasLayer` calls.
#[derive(Debug)]
pub(crate) struct Target {
    contract: Contract,
    /// The number of the meta graph.
    meta_graph: usize,
    /// What is called.
    pub(crate) called: Called,
    /// The output that is taken.
    pub(crate) output_key: Option<String>,
    /// The names among `arguments`; `None` where they are not known.
    pub(crate) arguments: Option<Vec<String>>,
}

/// One of a model's functions.
#[derive(Debug)]
pub(crate) enum Called {
    /// The model itself: the number of the callable.
    Object(usize),
    /// A signature: its number.
    Signature(usize),
}

impl Target {
    /// The meta graph in use.
    pub(crate) fn meta_graph(&self) -> &MetaGraph {
        &self.contract.description.meta_graphs[self.meta_graph]
    }

    /// The handle as it was written.
    pub(crate) fn handle(&self) -> &str {
        &self.contract.handle
    }
}

/// The descriptions that one invocation needs.
pub(crate) struct Contracts {
    /// The directory of the crate that is compiled; without one nothing is looked for.
    crate_directory: Option<PathBuf>,
    /// Files that the crate must be compiled again for, relative to its directory, and whether they are text.
    followed: BTreeSet<(String, bool)>,
    /// What was chosen in each layer, by its address.
    targets: HashMap<*const CheckedLayer, Option<Rc<Target>>>,
    /// Whether a file that was followed once in this process need not be followed again.
    once: bool,
}

impl Contracts {
    /// Those of the crate that the compiler is at work on.
    pub(crate) fn here() -> Contracts {
        let directory = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        Contracts { once: true, ..Contracts::within(directory) }
    }

    /// Those of a crate in this directory.
    pub(crate) fn within(crate_directory: Option<PathBuf>) -> Contracts {
        Contracts { crate_directory, followed: BTreeSet::new(), targets: HashMap::new(), once: false }
    }

    /// What a `KerasLayer` calls, where its model is at hand; what does not fit is reported, once for each layer.
    pub(crate) fn check(&mut self, layer: &CheckedLayer, report: &mut Report) -> Option<Rc<Target>> {
        let address: *const CheckedLayer = layer;
        if let Some(known) = self.targets.get(&address) {
            return known.clone();
        }
        let target = choose::target(self, layer, report).map(Rc::new);
        self.targets.insert(address, target.clone());
        target
    }

    /// Follows a file: cargo compiles the crate again when it changes.
    fn follow(&mut self, relative: String, is_text: bool) {
        self.followed.insert((relative, is_text));
    }

    /// The items that make cargo follow the files.
    pub(crate) fn followed(&self) -> TokenStream {
        static BEFORE: Mutex<BTreeSet<(PathBuf, String)>> = Mutex::new(BTreeSet::new());
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.crate_directory.clone().unwrap_or_default();
        let items = self.followed.iter().filter_map(|(relative, is_text)| {
            let path = quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #relative));
            let new = !self.once || before.insert((directory.clone(), relative.clone()));
            new.then(|| match is_text {
                true => quote!(
                    const _: &::core::primitive::str = ::core::include_str!(#path);
                ),
                false => quote!(
                    const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);
                ),
            })
        });
        items.collect()
    }
}

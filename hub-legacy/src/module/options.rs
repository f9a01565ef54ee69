//! How a module is made of its spec.

use hub_core::LoadOptions;

/// The variant, the name, and whether the module can be trained.
#[derive(Debug, Clone)]
pub struct ModuleOptions {
    tags: Vec<String>,
    training_tags: Option<Vec<String>>,
    name: String,
    trainable: bool,
    load_options: LoadOptions,
}

impl Default for ModuleOptions {
    fn default() -> ModuleOptions {
        ModuleOptions {
            tags: Vec::new(),
            training_tags: None,
            name: "module".into(),
            trainable: false,
            load_options: LoadOptions::new(),
        }
    }
}

impl ModuleOptions {
    /// The variant without tags, the name `module`, not trainable.
    pub fn new() -> ModuleOptions {
        ModuleOptions::default()
    }

    /// The variant with just these tags; most modules have one that is called `train`.
    pub fn tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> ModuleOptions {
        self.tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// The variant with these tags is called while training, over the same variables: for a layer of a model that is
    /// trained and used. Python has two modules for that. None unless set.
    pub fn training_tags<S: Into<String>>(mut self, tags: impl IntoIterator<Item = S>) -> ModuleOptions {
        self.training_tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// What the names of its variables in a graph begin with; `module` unless set.
    pub fn name(mut self, name: impl Into<String>) -> ModuleOptions {
        self.name = name.into();
        self
    }

    /// Whether its variables count as trainable, its losses are to be added and its updates run; `false` unless set.
    pub fn trainable(mut self, trainable: bool) -> ModuleOptions {
        self.trainable = trainable;
        self
    }

    /// What its ops may do, libraries with ops that it needs, its session; tags are not taken from here.
    pub fn loading(mut self, options: LoadOptions) -> ModuleOptions {
        self.load_options = options;
        self
    }

    pub(crate) fn wanted_tags(&self) -> Vec<&str> {
        self.tags.iter().map(String::as_str).collect()
    }

    pub(crate) fn wanted_training_tags(&self) -> Option<Vec<&str>> {
        self.training_tags.as_ref().map(|tags| tags.iter().map(String::as_str).collect())
    }

    /// The name that was set.
    pub fn wanted_name(&self) -> &str {
        &self.name
    }

    /// Whether it was set to be trainable.
    pub fn is_trainable(&self) -> bool {
        self.trainable
    }

    pub(crate) fn load_options(&self) -> &LoadOptions {
        &self.load_options
    }
}

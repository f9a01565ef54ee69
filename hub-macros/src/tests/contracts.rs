//! Models at hand: what they take and give is held against what stands around them.
//!
//! The fixtures are the crate's models here; records are in the lock files that the tests write.

use std::fs;
use std::path::{Path, PathBuf};

use hub_core::{Handle, Hub, LockedModel, Lockfile, Settings};

use crate::contract::Contracts;
use crate::expand;
use crate::report::Report;
use crate::typed;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn mistakes_in(directory: &Path, model: &str) -> String {
    let mut report = Report::default();
    let mut contracts = Contracts::within(Some(directory.to_owned()));
    expand::checked(model.parse().expect("tokens"), &mut contracts, &mut report);
    report.describe()
}

fn each(models: &[&str]) -> String {
    let describe = |model: &&str| format!("model!({model})\n\n{}", mistakes_in(&fixtures(), model));
    models.iter().map(describe).collect::<Vec<_>>().join("\n----\n")
}

#[test]
fn of_what_goes_in() {
    insta::assert_snapshot!(each(&[
        "< InputLayer([28, 28, 1]), KerasLayer(\"digits_features/model\") >",
        "< InputLayer([8, 8, 1], dtype = \"string\"), KerasLayer(\"digits_features/model\") >",
        "< InputLayer([8, 8, 1], dtype = \"uint8\"), KerasLayer(\"digits_features/model\") >",
        "< Rescaling(0.5, input_shape = [8, 8]), KerasLayer(\"digits_features/model\") >",
        "< KerasLayer(\"digits_features/model\", input_shape = [8, 8, 3]) >",
        "input x: f32[batch, 3]; output KerasLayer(\"affine/model\", signature = \"sig\", output_key = \"y\")(x)",
        "input x1: f32[batch, 3]; input x3: f32[batch, 3];
         output KerasLayer(\"affine/model\", signature = \"sig\", output_key = \"y\")({ x1, x3 })",
        "input x1: f32[batch, 3]; input x2: f32[batch, 4];
         output KerasLayer(\"affine/model\", signature = \"sig\", output_key = \"y\")({ x1, x2 })",
        "input x: f32[batch, 3]; output KerasLayer(\"affine/model\")([x, x])",
        "input x: f32[batch, 3]; let shared = KerasLayer(\"affine/model\"); output [shared(x), shared(Dense(2)(x))]",
    ]));
}

#[test]
fn of_what_comes_out() {
    insta::assert_snapshot!(each(&[
        "< KerasLayer(\"digits_features/model\"), Conv2D(4, 3) >",
        "< KerasLayer(\"affine/model\", signature = \"sig\", signature_outputs_as_dict = true), Dense(3) >",
        "< KerasLayer(\"affine/model\"), KerasLayer(\"affine/model\") >",
        "input x: f32[batch, 3]; output KerasLayer(\"affine/model\")(x)[\"y\"]",
        "input x: f32[batch, 3]; let both = KerasLayer(\"affine/model\", signature = \"sig\", signature_outputs_as_dict = true)({ x1: x, x2: x });
         output both[\"u\"]",
    ]));
}

#[test]
fn of_the_arguments() {
    insta::assert_snapshot!(each(&[
        "< KerasLayer(\"affine/model\", signature = \"sgi\", output_key = \"y\") >",
        "< KerasLayer(\"affine/model\", signature = \"other\", output_key = \"y\") >",
        "< KerasLayer(\"affine/model\", signature = \"sig\", output_key = \"u\") >",
        "< KerasLayer(\"affine/model\", signature = \"sig\") >",
        "< KerasLayer(\"affine/model\", signature = \"sig\", output_key = \"y\", signature_outputs_as_dict = true) >",
        "< KerasLayer(\"affine/model\", signature_outputs_as_dict = true) >",
        "< KerasLayer(\"affine/model\", output_key = \"y\") >",
        "< KerasLayer(\"affine/model\", trainable = true, signature = \"sig\", output_key = \"y\") >",
        "< KerasLayer(\"add_one/model\", trainable = true) >",
        "< KerasLayer(\"affine/model\", tags = [\"train\"]) >",
        "< KerasLayer(\"affine/model\", arguments = [(\"training\", true)]) >",
        "< KerasLayer(\"digits_features/model\", arguments = [(\"training\", true)]) >",
        "< KerasLayer(\"digits_features/model\", arguments = [(\"trainin\", true)]) >",
        "< KerasLayer(\"tf1_graph/model\") >",
        "< KerasLayer(\"bundles/tf1_hub/model\", trainable = true) >",
        "< KerasLayer(\"bundles/tf1_hub/model\", tags = [\"serve\"]) >",
        "< KerasLayer(\"bundles/tf1_hub/model\", signature = \"images\") >",
    ]));
}

#[test]
fn of_models_that_are_not_there_or_not_sound() {
    insta::assert_snapshot!(each(&[
        "< KerasLayer(\"affine/modle\") >",
        "< KerasLayer(\"affine/something_else\") >",
        "< KerasLayer(\"affine\") >",
        "< KerasLayer(\"affine/golden.json\") >",
        "< KerasLayer(\"ordinary/keras_2\") >",
        "< KerasLayer(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/affine/modle\")) >",
    ]));
}

#[test]
fn what_fits_is_taken() {
    for model in [
        "< InputLayer([8, 8, 1]), KerasLayer(\"digits_features/model\", trainable = true), Dense(10) >",
        "< KerasLayer(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/digits_features/model\")), Dense(10) >",
        "< InputLayer([SIZE, SIZE, 1]), KerasLayer(\"digits_features/model\") >",
        "< InputLayer([3], dtype = \"float64\"), KerasLayer(\"affine/model\", tags = [\"serve\"]) >",
        "< KerasLayer(\"affine/model\", signature = chosen, output_key = \"u\"), Conv2D(4, 3) >",
        "< KerasLayer(\"keras_mlp/model\", trainable = fine_tune, arguments = arguments()) >",
        "< KerasLayer(\"keras_mlp/model\", arguments = [(\"mask\", mask)]) >",
        "< KerasLayer(\"bundles/tf1_hub/model\") >",
        "< KerasLayer(\"bundles/tf1_hub/model\", signature = \"images\", output_key = \"size\") >",
        "< KerasLayer(\"bundles/tf1_hub/model\", signature_outputs_as_dict = true) >",
        "< KerasLayer(\"https://tfhub.dev/google/nnlm-en-dim50/2\"), Dense(3) >",
        "< KerasLayer(\"models/that/come/later\"), Dense(3) >",
        "< KerasLayer(\"later\"), Dense(3) >",
        "< KerasLayer(\"/opt/models/digits\"), Dense(3) >",
        "< KerasLayer(\"../elsewhere/model\"), Dense(3) >",
        "input x1: f32[batch, 3]; output KerasLayer(\"affine/model\", signature = \"sig\", output_key = \"y\", \
             arguments = [(\"x2\", other)])({ x1 })",
        "input x: f32[batch, 3]; let both = KerasLayer(\"affine/model\", signature = \"sig\", signature_outputs_as_dict = true)({ x1: x, x2: x });
         output { sum: both[\"y\"], product: Dense(2)(both[\"z\"]) }",
        "input text: String[batch]; let tokens = KerasLayer(\"bert_preprocess/model\")(text); output tokens",
    ] {
        assert_eq!(mistakes_in(&fixtures(), model), "", "{model}");
    }
}

#[test]
fn files_that_were_read_are_followed() {
    let directory = fixtures();
    let mut contracts = Contracts::within(Some(directory));
    let model = "< KerasLayer(\"affine/model\"), KerasLayer(\"keras_mlp/model\", name = \"other\") >";
    let expansion = expand::model_with(model.parse().expect("tokens"), &mut contracts).to_string();
    for file in ["/affine/model/saved_model.pb", "/keras_mlp/model/saved_model.pb"] {
        assert!(expansion.contains(file), "{file}: {expansion}");
    }
}

/// A crate of its own, with a copy of a fixture.
struct Crate {
    directory: tempfile::TempDir,
}

impl Crate {
    fn new() -> Crate {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("Cargo.lock"), "").expect("it is written");
        fs::create_dir(directory.path().join("member")).expect("it is made");
        Crate { directory }
    }

    fn member(&self) -> PathBuf {
        self.directory.path().join("member")
    }

    /// What `tfhub lock` records of a fixture.
    fn locked(fixture: &str) -> LockedModel {
        let hub = Hub::with_settings(Settings::from_lookup(|_| None));
        hub.lock(&Handle::from_path(fixtures().join(fixture))).expect("the fixture is sound")
    }

    fn record(&self, handle: &str, model: LockedModel) {
        let mut lock_file = Lockfile::new(self.directory.path().join("hub.lock"));
        lock_file.insert(&handle.parse().expect("a handle"), model);
        lock_file.write().expect("it is written");
    }

    fn copy(&self, fixture: &str, to: &str) {
        for file in ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"] {
            let to = self.member().join(to).join(file);
            fs::create_dir_all(to.parent().expect("a folder")).expect("it is made");
            fs::copy(fixtures().join(fixture).join(file), to).expect("it is copied");
        }
    }

    fn mistakes(&self, model: &str) -> String {
        mistakes_in(&self.member(), model)
    }
}

const REMOTE: &str = "https://tfhub.dev/example/digits/1";

#[test]
fn a_record_stands_for_a_model_that_is_elsewhere() {
    let here = Crate::new();
    let model = format!("< InputLayer([28, 28, 1]), KerasLayer(\"{REMOTE}\") >");
    assert_eq!(here.mistakes(&model), "", "there is no record yet");
    here.record(REMOTE, Crate::locked("digits_features/model"));
    insta::assert_snapshot!(here.mistakes(&model));
    let mut contracts = Contracts::within(Some(here.member()));
    let expansion = expand::model_with(model.parse().expect("tokens"), &mut contracts).to_string();
    assert!(expansion.contains("include_str") && expansion.contains("\"/../hub.lock\""), "{expansion}");
}

#[test]
fn a_record_stands_for_a_path_that_is_not_in_the_crate() {
    let here = Crate::new();
    here.record("models/digits", Crate::locked("digits_features/model"));
    assert!(here.mistakes("< InputLayer([2]), KerasLayer(\"models/digits\") >").contains("[?, 8, 8, 1]"));
    assert_eq!(here.mistakes("< InputLayer([8, 8, 1]), KerasLayer(\"models/digits\") >"), "");
}

#[test]
fn a_stale_record_is_an_error_that_says_how_to_refresh_it() {
    let here = Crate::new();
    here.copy("digits_features/model", "models/digits");
    let model = "< KerasLayer(\"models/digits\") >";
    here.record("models/digits", Crate::locked("digits_features/model"));
    assert_eq!(here.mistakes(model), "");
    here.record("models/digits", Crate::locked("affine/model"));
    insta::assert_snapshot!("stale_model", here.mistakes(model));
    here.record(REMOTE, LockedModel { description: "of old".into(), ..Crate::locked("affine/model") });
    insta::assert_snapshot!("stale_form", here.mistakes(&format!("< KerasLayer(\"{REMOTE}\") >")));
}

#[test]
fn a_record_without_a_description_says_nothing() {
    let here = Crate::new();
    here.record(REMOTE, LockedModel { description: None::<()>.into(), ..Crate::locked("affine/model") });
    assert_eq!(here.mistakes(&format!("< KerasLayer(\"{REMOTE}\"), Conv2D(4, 3) >")), "");
}

#[test]
fn a_damaged_lock_file_is_an_error_where_it_is_needed() {
    let here = Crate::new();
    fs::write(here.directory.path().join("hub.lock"), "{").expect("it is written");
    insta::assert_snapshot!(here.mistakes(&format!("< KerasLayer(\"{REMOTE}\") >")));
    assert_eq!(here.mistakes("< Dense(3) >"), "");
}

/// Fault 174.
#[test]
fn a_huge_model_is_not_read() {
    let here = Crate::new();
    here.copy("affine/model", "models/huge");
    let graph = here.member().join("models/huge/saved_model.pb");
    fs::File::options().write(true).open(graph).and_then(|file| file.set_len(1 << 30)).expect("a sparse file");
    let model = "< InputLayer([2]), KerasLayer(\"models/huge\") >";
    let start = std::time::Instant::now();
    insta::assert_snapshot!("huge", here.mistakes(model));
    assert!(start.elapsed().as_secs() < 2, "it was read: {:?}", start.elapsed());
    here.record("models/huge", Crate::locked("affine/model"));
    insta::assert_snapshot!("huge_recorded", here.mistakes(model));
}

#[test]
fn a_model_that_changes_is_read_again() {
    let here = Crate::new();
    here.copy("affine/model", "models/one");
    let model = "< InputLayer([3]), KerasLayer(\"models/one\") >";
    assert_eq!(here.mistakes(model), "");
    here.copy("keras_mlp/model", "models/one");
    assert!(here.mistakes(model).contains("[?, 4]"));
}

fn typed(model: &str) -> (String, String) {
    let mut report = Report::default();
    let mut contracts = Contracts::within(Some(fixtures()));
    let items = typed::items(model.parse().expect("tokens"), &mut contracts, &mut report);
    let file = syn::parse2(items).expect("items");
    (prettyplease::unparse(&file), report.describe())
}

#[test]
fn the_types_of_a_model() {
    let (items, mistakes) = typed("\"affine/model\"");
    assert_eq!(mistakes, "");
    insta::assert_snapshot!(items);
}

#[test]
fn the_types_of_every_fixture_are_items() {
    let mut structs = 0;
    for folder in ["", "conformance"] {
        for entry in fixtures().join(folder).read_dir().expect("the fixtures") {
            let path = entry.expect("an entry").path().join("model");
            let relative = path.strip_prefix(fixtures()).expect("a fixture").display().to_string();
            // Some fixtures hold a model that nothing can load.
            if path.join("saved_model.pb").is_file() && hub_core::saved_model::describe(&path, None).is_ok() {
                structs += typed(&format!("{relative:?}")).0.matches("pub struct").count();
            }
        }
    }
    assert!(structs > 100, "{structs}");
}

#[test]
fn of_types() {
    let models = [
        "",
        "3",
        "handle",
        "\"affine/modle\"",
        "\"https://tfhub.dev/example/digits/1\"",
        "\"affine/model\", tags = [\"train\"]",
        "\"affine/model\", tag = [\"serve\"]",
        "\"affine/model\", tags = \"serve\"",
        "\"affine/model\" \"serve\"",
        "\"digits\"",
    ];
    let describe = |model: &&str| format!("hub_model!({model})\n\n{}", typed(model).1);
    insta::assert_snapshot!(models.iter().map(describe).collect::<Vec<_>>().join("\n----\n"));
}

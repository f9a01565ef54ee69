//! The page on migrating from TF1 to TF2, snippet by snippet: what Python writes, its twin here, and what they give.
//!
//! Shows: `load` and `KerasLayer` over models of TF2 and over TF1 Hub modules; a module with tags and a signature in both
//! views, `Module` and `load_with`. The program prints its own lines: the comments are Python's, the rest runs.
//! Needs: nothing; the first run fetches TensorFlow (about 270 MB), later ones need no network.
//! Run: `cargo run --release --bin migrate_tf1_to_tf2`

use hub_core::{LoadOptions, Structure, Tensor, args};
use hub_examples::{Result, model, module, plain, twins};
use hub_layers::{Dense, KerasLayer, Sequential};
use hub_legacy::{Module, ModuleOptions};

fn main() -> Result<()> {
    let inputs = Tensor::from([[1.0_f32, 2.0, 3.0], [0.0, -1.0, 0.5]]);
    let (tensor_in, x1, x2) =
        (Tensor::from([1.0_f32, 2.0]), Tensor::from([1.0_f32, 2.0]), Tensor::from([3.0_f32, -4.0]));
    let handle = model("affine");

    // [load] The new API: hub.load
    // m = hub.load(handle)
    // outputs = m(inputs)
    let m = hub_legacy::load(&handle)?;
    let outputs = m.call(&inputs)?;
    show("load", &outputs);

    // [keras_layer] The new API: hub.KerasLayer among other layers
    // model = tf.keras.Sequential([
    //     hub.KerasLayer(handle),
    //     ...])
    let model =
        Sequential::new().add(KerasLayer::new(&handle)?).add(Dense::new(1).kernel_initializer("ones")).build()?;
    show("keras_layer", &model.predict(&inputs)?);

    // [estimator] The new API in Estimators: sessions on several machines, which belong to clusters (issue 10)
    // session_config = tf.compat.v1.ConfigProto()
    // session_config.experimental.share_cluster_devices_in_session = True
    // run_config = tf.estimator.RunConfig(..., session_config=session_config)
    // estimator = tf.estimator.Estimator(..., config=run_config)
    println!("{}\n", twins(SOURCE, "estimator"));

    let handle = module("migrate_tf1_to_tf2");
    let path = &handle;

    // [tf1_hub_format] A legacy model in TF1 Hub format
    // m = hub.KerasLayer(handle)
    // tensor_out = m(tensor_in)
    let m = KerasLayer::new(&handle)?;
    let tensor_out = m.call(&tensor_in)?;
    show("tf1_hub_format", &tensor_out);

    // [output_key] ... with tags, signature, output_key
    // m = hub.KerasLayer(handle, tags=["foo", "bar"], signature="sig", output_key="sum")
    // tensor_out = m(dict(x1=..., x2=...))
    let m = KerasLayer::new(&handle)?.tags(["foo", "bar"]).signature("sig").output_key("sum");
    let tensor_out = m.call([("x1", &x1), ("x2", &x2)])?;
    show("output_key", &tensor_out);

    // [outputs_as_dict] ... with signature_outputs_as_dict
    // m = hub.KerasLayer(handle, tags=["foo", "bar"], signature="sig", signature_outputs_as_dict=True)
    // tensors_out_dict = m(dict(x1=..., x2=...))
    let m = KerasLayer::new(&handle)?.tags(["foo", "bar"]).signature("sig").signature_outputs_as_dict(true);
    let tensors_out_dict = m.call([("x1", &x1), ("x2", &x2)])?;
    show("outputs_as_dict", &tensors_out_dict);

    // [hub_module] Lower-level APIs, deprecated: the Module view
    // # DEPRECATED: TensorFlow 1
    // m = hub.Module(handle, tags={"foo", "bar"})
    // tensors_out_dict = m(dict(x1=..., x2=...), signature="sig", as_dict=True)
    let m = Module::load_with(&handle, ModuleOptions::new().tags(["foo", "bar"]))?;
    let by_module = m.call_as_dict("sig", args![x1 = &x1, x2 = &x2])?;
    show("hub_module", &by_module);

    // [signatures] Lower-level APIs: the TF2 view
    // # TensorFlow 2
    // m = hub.load(path, tags={"foo", "bar"})
    // tensors_out_dict = m.signatures["sig"](x1=..., x2=...)
    let m = hub_legacy::load_with(path, &LoadOptions::new().tags(["foo", "bar"]))?;
    let by_signature = m.signatures()["sig"].call(args![x1 = &x1, x2 = &x2])?;
    show("signatures", &by_signature);

    if by_module != by_signature {
        return Err("the views of the module do not agree".into());
    }
    println!("Both views of the module agree.");
    Ok(())
}

/// This file.
const SOURCE: &str = include_str!("migrate_tf1_to_tf2.rs");

/// Prints a snippet in both languages, and what it gives.
fn show(name: &str, gives: &Structure) {
    println!("{}\n    gives   {}\n", twins(SOURCE, name), plain(gives));
}

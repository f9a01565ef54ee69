//! What the engine says in bytes that are no text, or at great length: 153.

use hub_core::graph::function;
use hub_core::{DType, Error, Tensor};

#[test]
fn fault_153_messages_that_are_no_text_or_too_long() {
    let parse = function("parse", |scope| {
        let x = scope.placeholder("x", DType::String, [None]);
        let y = scope.op("StringToNumber").input(x).attr("out_type", DType::F32).build();
        scope.output("y", y)
    })
    .unwrap();
    let odd: [Vec<u8>; 3] = [b"\xff\xfe\x80".to_vec(), b"nul\0inside".to_vec(), vec![b'x'; 1 << 20]];
    for text in odd {
        let error = parse.call([("x", &Tensor::strings(&[1], vec![text]).unwrap())]).unwrap_err();
        let Error::Engine { message, code } = &error else { panic!("{error:?}") };
        assert_eq!(code, "INVALID_ARGUMENT");
        assert!(!message.is_empty() && message.chars().count() <= 2000, "{} characters", message.len());
    }
    // The engine is none the worse.
    let two = parse.call([("x", &Tensor::from(["2.5"]))]).unwrap();
    assert_eq!(two["y"].tensor().unwrap().as_slice::<f32>().unwrap(), [2.5]);
}

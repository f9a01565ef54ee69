//! Graphs with mistakes: what is said, at which text.

use super::mistakes::each;

#[test]
fn of_statements() {
    insta::assert_snapshot!(each(&[
        "let x = Dense(2);",
        "input x: f32[batch, 3];",
        "input x; output x",
        "input x: f32; output x",
        "input x: [batch, 3]; output x",
        "input x: f32[]; output x",
        "input x: f32[28, 28]; output x",
        "input x: f32[batch 28]; output x",
        "input x: f32[batch, batch]; output x",
        "input x: f32[batch, -1]; output x",
        "input x: f32[batch, \"3\"]; output x",
        "input x: float32[batch]; output x",
        "input x: str[batch]; output x",
        "input x: f33[batch]; output x",
        "input x: Tensor[batch]; output x",
        "input x: f32[batch, 3] output x",
        "input x: f32[batch, 3]; output x; output x",
        "input x: f32[batch, 3]; output x; let y = Dense(2)(x);",
        "input x: f32[batch, 3]; output",
        "input x: f32[batch, 3]; let = Dense(2)(x); output x",
        "input x: f32[batch, 3]; let y Dense(2)(x); output y",
        "input x: f32[batch, 3]; y = Dense(2)(x); output x",
        "input x: f32[batch, 3]; let y = Dense(2)(x), output y",
    ]));
}

#[test]
fn of_names() {
    insta::assert_snapshot!(each(&[
        "input tokens: i32[batch, 8]; let encoded = Embedding(9, 4)(tokns); output encoded",
        "input x: f32[batch, 3]; output zzz",
        "output z",
        "input x: f32[batch, 3]; let x = Dense(2)(x); output x",
        "input x: f32[batch, 3]; let y = Dense(2)(x); let y = Dense(3)(x); output y",
        "input x: f32[batch, 3]; let y = Dense(2)(x); output x",
        "input x: f32[batch, 3]; input z: f32[batch]; output x",
        "input x: f32[batch, 3]; let head = Dense(2); output x",
        "input x: f32[batch, 3]; let y = Dense(2)(y); output y",
        "input x: f32[batch, 3]; let a = Dense(2)(b); let b = Dense(3)(c); let c = Concatenate()([x, a]); output c",
        "input x: f32[batch, 3]; let a = Dense(2)(b); let b = Dense(3)(x); output a",
        "input x: f32[batch, 3]; let Y = Dense(2)(x); output x",
        "input x: f32[batch, 3]; let one = Dense(2); let two = Dense(3, name = \"one\"); output two(one(x))",
    ]));
}

#[test]
fn of_tensors() {
    insta::assert_snapshot!(each(&[
        "input x: f32[batch, 3]; output Dense(2)",
        "input x: f32[batch, 3]; output Dense(2)(Dropout(0.1))",
        "input x: f32[batch, 3]; let head = Dense(2); output head",
        "input x: f32[batch, 3]; let y = Dense(2)(x); output y(x)",
        "input x: f32[batch, 3]; output Dense(2)(x)(x)",
        "input x: f32[batch, 3]; output Dense(2)()",
        "input x: f32[batch, 3]; output Concatenate()(x, x)",
        "input x: f32[batch, 3]; output Dense(2)(x, training = true)",
        "input x: f32[batch, 3]; output Dense(2)(training = true)",
        "input x: f32[batch, 3]; output x.relu()",
        "input x: f32[batch, 3]; output Dense(2)(x)[]",
        "input x: f32[batch, 3]; output Dense(2)(x)[key]",
        "input x: f32[batch, 3]; output Dense(2)(x)[1.5]",
        "input x: f32[batch, 3]; output { x, Dense(2)(x) }",
        "input x: f32[batch, 3]; output { y: x, y: x }",
        "input x: f32[batch, 3]; output { x y: x }",
        "input x: f32[batch, 3]; output [x x]",
        "input x: f32[batch, 3]; output if deep { Dense(2)(x) }",
        "input x: f32[batch, 3]; output if deep { Dense(2)(x), x } else { x }",
        "input x: f32[batch, 3]; output if deep { } else { x }",
        "input x: f32[batch, 3]; output 3",
        "input x: f32[batch, 3]; output Dense(0)(x)",
        "input x: f32[batch, 3]; output Dens(2)(x)",
    ]));
}

#[test]
fn all_at_once() {
    insta::assert_snapshot!(each(&["
        input text: string[batch];
        let tokens = KerasLayr(preprocess)(text);
        let encoded = KerasLayer(encoder, trainabel = true)(tokens);
        let unused = Dense(-1);
        let logits = Dense(\"2\")(Dropout(1.1)(encodde[\"pooled_output\"]));
        output { logits, embedding: encoded[\"pooled_output\"] }
    "]));
}

"""Python's side of `cargo bench -p hub-benchmarks --bench training`: trains on request what the Rust side trains.

    training.py DIRECTORY     makes the model there, then reads a request from each line of stdin
    mlp N | head N | fine N | predict    and answers with the milliseconds that it took, on a line of stdout

`mlp`, `head` and `fine` run `fit` for one epoch of N steps, `predict` predicts 1,000 images.
"""

import os
import sys
import time

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tensorflow_hub as hub  # noqa: E402
import tf_keras  # noqa: E402

SIDE = 96
BATCH = 32


def images(count):
    pixels = np.arange(count * SIDE * SIDE * 3) % 255
    return (pixels / 255.0).astype(np.float32).reshape(count, SIDE, SIDE, 3)


def labels(count):
    return (np.arange(count) % 10).astype(np.int64)


def compiled(layers):
    model = tf_keras.Sequential(layers)
    loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf_keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    return model


def main():
    directory = sys.argv[1]
    tf.random.set_seed(1)
    network = tf_keras.applications.MobileNetV2(
        weights=None, input_shape=(SIDE, SIDE, 3), alpha=0.35, include_top=False, pooling="avg"
    )
    path = os.path.join(directory, "features")
    network.save(path)
    dense = tf_keras.layers.Dense
    models = {
        "mlp": compiled([dense(64, activation="relu", input_shape=(64,)), dense(10)]),
        "head": compiled([hub.KerasLayer(path), dense(10)]),
        "fine": compiled([hub.KerasLayer(path, trainable=True), dense(10)]),
    }
    rows = (np.arange(BATCH * 200 * 64) % 97 / 97.0).astype(np.float32).reshape(-1, 64)
    pictures = images(BATCH * 8)
    data = {name: rows if name == "mlp" else pictures for name in models}
    thousand = images(1000)
    for name, model in models.items():
        model.fit(data[name][:BATCH], labels(BATCH), batch_size=BATCH, verbose=0)
    models["head"].predict(thousand[:BATCH], batch_size=BATCH, verbose=0)
    print("ready", flush=True)
    for line in sys.stdin:
        request, *numbers = line.split()
        start = time.perf_counter()
        if request == "predict":
            models["head"].predict(thousand, batch_size=BATCH, verbose=0)
        else:
            count = BATCH * int(numbers[0])
            models[request].fit(data[request][:count], labels(count), batch_size=BATCH, verbose=0)
        print((time.perf_counter() - start) * 1000.0, flush=True)


main()

"""Python's side of `cargo bench -p hub-benchmarks --bench python`: does on request what the Rust side does.

    beside.py DIRECTORY       makes the models there, then reads a request from each line of stdin:
    load | module | small | forward    and answers with the milliseconds that one took, on a line of stdout

`load N` loads the large model N times, `small N` calls the small one N times through `hub.KerasLayer`, `forward B N` runs
the large one N times on B images by `tf.function`. `module N` loads the TF1 Hub module of texts in the fixtures N times, and
calls it once each time. The answer is the time of all of them.
"""

import os
import sys
import time

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf  # noqa: E402
import tensorflow_hub as hub  # noqa: E402
import tf_keras  # noqa: E402

SIDE = 224


class Small(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def __call__(self, x):
        return x + 1.0


def make(directory):
    """Saves the models: one op; a MobileNetV2 of random weights, as Keras saves it."""
    tf.saved_model.save(Small(), os.path.join(directory, "small"))
    tf.random.set_seed(1)
    network = tf_keras.applications.MobileNetV2(weights=None, input_shape=(SIDE, SIDE, 3))
    network.save(os.path.join(directory, "large"))
    return network


def timed(count, act):
    start = time.perf_counter()
    for _ in range(count):
        act()
    return (time.perf_counter() - start) * 1000.0


def main():
    directory = sys.argv[1]
    make(directory)
    large = os.path.join(directory, "large")
    loaded = hub.load(large)
    forward = tf.function(lambda x: loaded(x, training=False))
    layer = hub.KerasLayer(os.path.join(directory, "small"))
    x = tf.constant([1.0, 2.0, 3.0, 4.0])
    layer(x)
    images = {size: tf.random.stateless_uniform([size, SIDE, SIDE, 3], seed=[1, size]) for size in (1, 32)}
    for batch in images.values():
        forward(batch).numpy()
    module = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "hub_modules", "text", "module")
    words = tf.constant(["cat dog", "lizard"])
    print("ready", flush=True)
    for line in sys.stdin:
        request, *numbers = line.split()
        numbers = [int(number) for number in numbers]
        if request == "load":
            milliseconds = timed(numbers[0], lambda: hub.load(large))
        elif request == "module":
            milliseconds = timed(numbers[0], lambda: hub.load(module).signatures["default"](words)["default"].numpy())
        elif request == "small":
            milliseconds = timed(numbers[0], lambda: layer(x).numpy())
        else:
            size, count = numbers
            milliseconds = timed(count, lambda: forward(images[size]).numpy())
        print(milliseconds, flush=True)


main()

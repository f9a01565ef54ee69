"""Python's side of `cargo bench -p hub-benchmarks --bench pipeline`: reads a folder of images on request.

    pipeline.py DIRECTORY    reads a request from each line of stdin, and answers with the milliseconds that it took
    read HEIGHT WIDTH        all images of DIRECTORY/images by image_dataset_from_directory, with what is read ahead left
                             to TensorFlow
"""

import os
import sys
import time

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402


def main():
    folder = os.path.join(sys.argv[1], "images")
    data = {}
    print("ready", flush=True)
    for line in sys.stdin:
        _, height, width = line.split()
        size = (int(height), int(width))
        if size not in data:
            sys.stdout, out = sys.stderr, sys.stdout  # Keras says how many files there are
            images = tf_keras.utils.image_dataset_from_directory(folder, image_size=size, shuffle=False)
            sys.stdout = out
            data[size] = images.prefetch(tf.data.AUTOTUNE)
        start = time.perf_counter()
        for images, _ in data[size]:
            images.shape  # noqa: B018: it is there
        print((time.perf_counter() - start) * 1000.0, flush=True)


main()

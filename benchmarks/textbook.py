"""Training speed: images a second of the textbook network, steps only, in Fovea and in plain Keras."""

from __future__ import annotations

from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.options import MNIST, Options

BAR = 0.97


def compare(options: Options) -> Comparison:
    """Fovea's `train` beside the plain script's `model.fit`: same network, same batch of 32, one epoch each.

    Both without the first step, which builds the graph, and without validation.
    """
    workspace = options.mnist_workspace

    def fovea(pair: int) -> float:
        return run_json("-m", "benchmarks.fovea_training", workspace)["images_per_second"]

    def beside(pair: int) -> float:
        return run_json(HERE / "plain_textbook.py", MNIST, "--epochs", "1")["images_per_second"]

    return Comparison(
        "textbook",
        "images/s",
        **median_of_pairs(*alternate(options.pairs, fovea, beside)),
        bar=BAR,
        beside_what="model.fit of the same network and batch in the plain Keras script",
    )

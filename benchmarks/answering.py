"""How fast a run's probabilities come: an evaluation's own way beside `model.predict` of the same model."""

from __future__ import annotations

from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.options import MNIST, Options

BAR = 0.5


def compare(options: Options) -> Comparison:
    """The textbook network on MNIST's 10,000 test images, each side in its second go; the model is loaded before."""
    workspace = options.mnist_workspace
    trained = run_json("-m", "core", "--workspace", workspace, "train", "mnist", "--preset", "textbook", "--epochs", "1",
                       "--images-per-class", "200", "--json")  # fmt: skip
    model = workspace / "runs" / trained["run"] / "model.keras"
    firsts: dict[str, float] = {}
    tops: list[list[int]] = []

    def second(name: str, said: dict) -> float:
        firsts[name] = said["seconds"][0]
        tops.append(said["top"])
        return said["seconds"][1]

    def fovea(pair: int) -> float:
        return second("Fovea", run_json("-m", "benchmarks.fovea_answering", workspace, trained["run"]))

    def beside(pair: int) -> float:
        return second("beside", run_json(HERE / "plain_answering.py", model, MNIST))

    measured = median_of_pairs(*alternate(options.pairs, fovea, beside))
    if any(top != tops[0] for top in tops):
        raise RuntimeError("The two sides do not answer alike.")
    return Comparison(
        "answering",
        "s",
        **measured,
        bar=BAR,
        lower_is_better=True,
        beside_what="model.predict on the same 10,000 test images of MNIST, as it is called without a batch size",
        notes=(f"The first go: Fovea {firsts['Fovea']:.2f} s, beside {firsts['beside']:.2f} s.",),
    )

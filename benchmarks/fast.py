"""Time to a first answer: the `fast` preset beside the textbook's script, from process start to process end."""

from __future__ import annotations

from statistics import mean

from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.options import MNIST, Options

BAR = 0.2


def compare(options: Options) -> Comparison:
    """`python -m core train mnist --preset fast` beside five epochs of the plain script and its evaluation.

    Fovea's side trains on 54,000 images, selects by 6,000 and evaluates 10,000; the script trains on 60,000.
    """
    workspace = options.mnist_workspace
    ours: list[float] = []
    theirs: list[float] = []

    def fovea(seed: int) -> float:
        answer = run_json(
            "-m", "core", "--workspace", workspace,
            "train", "mnist", "--preset", "fast", "--seed", str(seed), "--json",
        )  # fmt: skip
        ours.append(answer["test_accuracy"])
        return answer["seconds_of_process"]

    def beside(seed: int) -> float:
        answer = run_json(HERE / "plain_textbook.py", MNIST, "--epochs", "5", "--seed", str(seed))
        theirs.append(answer["test_accuracy"])
        return answer["seconds_of_process"]

    figures = median_of_pairs(*alternate(options.seeds, fovea, beside))
    return Comparison(
        "fast",
        "s",
        **figures,
        bar=BAR,
        lower_is_better=True,
        beside_what="five epochs of the plain Keras script, process start included",
        notes=(f"Test accuracy: Fovea {_percent(ours)}, beside {_percent(theirs)}.",),
    )


def _percent(accuracies: list[float]) -> str:
    each = f" ({', '.join(f'{one:.2%}' for one in accuracies)})" if len(accuracies) > 1 else ""
    return f"{mean(accuracies):.2%}{each}"

"""What progress, checkpoints and logs take of a training's time."""

from __future__ import annotations

from benchmarks.comparison import Comparison, median_of_pairs, run_json
from benchmarks.options import Options

BAR = 1.03


def compare(options: Options) -> Comparison:
    """The steps of an epoch as the job of a run takes them beside the bare loop over the same batches, in one process."""
    found = run_json("-m", "benchmarks.fovea_overhead", options.mnist_workspace, "--pairs", str(options.pairs))
    note = f"{found['checkpoints']} checkpoints and {found['events']} events in {sum(found['fovea']):.0f} s."
    return Comparison(
        "overhead",
        "s",
        **median_of_pairs(found["fovea"], found["bare"]),
        bar=BAR,
        lower_is_better=True,
        beside_what="a loop of nothing but Keras' train_function over the same batches",
        notes=(note,),
    )

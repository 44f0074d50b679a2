"""The recipe `quick` on 1,000 photos of 224 px in 10 classes: beside the usual script, the first time, and once more.

Fovea's data set is there, packed at 224 px, nothing of it is embedded, and the machine has its network; the script reads the
JPEG files with Keras' loader. Process starts count on both sides. Both take the same network.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from benchmarks import scenes
from benchmarks.comparison import HERE, Comparison, alternate, median_of_pairs, run_json
from benchmarks.detached import with_cpu_seconds
from benchmarks.options import Options
from core.data.dataset import find
from core.data.embeddings import folder_of
from core.workspace import Workspace
from core.workspace.atomic import remove_folder

PHOTOS = 1000
BAR = 0.3
FIRST_SECONDS, SECOND_SECONDS = 20.0, 3.0
STRENGTHS = (10, 100, 1000)


def compare(options: Options) -> list[Comparison]:
    """The three bars of the recipe."""
    folder, root = options.folder / "scenes", options.folder / "quick"
    scenes.write(folder, PHOTOS)
    added = run_json("-m", "core", "--workspace", root, "data", "add", folder, "--name", "photos", "--json")
    _train(root)  # packs, and makes the machine's network, if it has none
    first: list[dict[str, Any]] = []
    plain: list[dict[str, Any]] = []
    second: list[dict[str, Any]] = []

    def fovea(pair: int) -> float:
        workspace = Workspace.open(root)
        dataset = find(workspace, "photos")
        remove_folder(folder_of(workspace, dataset))
        first.append(_train(root))
        second.append(_train(root, "--head-strength", STRENGTHS[pair % len(STRENGTHS)]))
        return first[-1]["seconds_of_process"]

    def beside(pair: int) -> float:
        script = ("-m", "benchmarks.plain_features", folder, options.folder / "plain.keras", "--seed", pair)
        plain.append(with_cpu_seconds(lambda: run_json(*script)))
        return plain[-1]["seconds_of_process"]

    figures = median_of_pairs(*alternate(options.pairs, fovea, beside))
    accuracies = f"Test accuracy: Fovea {first[-1]['test_accuracy']:.1%}, beside {plain[-1]['test_accuracy']:.1%}."
    return [
        Comparison(
            "quick",
            "s",
            **figures,
            bar=BAR,
            lower_is_better=True,
            beside_what=f"{(HERE / 'plain_features.py').name}: the same network's features by Keras, a dense layer on them",
            notes=(
                accuracies,
                f"Processor time: Fovea {_cpu(first):.1f} s, beside {_cpu(plain):.1f} s.",
                f"The import before it took {added['seconds_of_process']:.1f} s.",
            ),
        ),
        _limited("quick, first run", first, FIRST_SECONDS, "the limit, from packed photos to an evaluated model"),
        _limited("quick, other settings", second, SECOND_SECONDS, "the limit, where the photos are embedded"),
    ]


def _train(root: Path, *options: str | int) -> dict[str, Any]:
    command = ("-m", "core", "--workspace", root, "train", "photos", "--preset", "quick", "--json", *options)
    return with_cpu_seconds(lambda: run_json(*map(str, command)))


def _limited(name: str, runs: list[dict[str, Any]], limit: float, what: str) -> Comparison:
    seconds = statistics.median(one["seconds_of_process"] for one in runs)
    note = f"Processor time {_cpu(runs):.1f} s."
    return Comparison(name, "s", seconds, limit, seconds / limit, 1.0, what, lower_is_better=True, notes=(note,))


def _cpu(runs: list[dict[str, Any]]) -> float:
    return statistics.median(one["cpu_seconds"] for one in runs)

"""`python -m benchmarks.said WORKSPACE DATASET PRESET`: how long a training is said to take, as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from core.data.dataset import find
from core.jobs.estimate import estimate
from core.train.config import resolve
from core.train.presets import preset
from core.workspace import Workspace


def main() -> None:
    """Print it."""
    root, name, recipe = sys.argv[1:4]
    workspace = Workspace.open(root)
    dataset = find(workspace, name)
    told = estimate(workspace, dataset, resolve(preset(recipe).config, dataset))
    print(json.dumps(asdict(told) if told else {}))


if __name__ == "__main__":
    main()

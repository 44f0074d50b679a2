"""`python -m benchmarks.fovea_training WORKSPACE`: one epoch of the textbook preset on MNIST, as its job trains it."""

from __future__ import annotations

import dataclasses
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from core.data.dataset import find
from core.train import environment, training_data
from core.train.config import resolve
from core.train.loop import train
from core.train.presets import PRESETS
from core.workspace import Workspace

workspace = Workspace.open(sys.argv[1])
environment.make_deterministic()
dataset = find(workspace, "mnist")
config = resolve(dataclasses.replace(PRESETS["textbook"].config, epochs=1), dataset)
data = training_data.gather(workspace, dataset, config)
trained = train(config, data, lambda moment: None)
print(json.dumps({"images_per_second": trained.images_per_second, "parameters": trained.model.count_params()}))

"""`python -m benchmarks.fovea_answering WORKSPACE RUN`: the test images' probabilities, as an evaluation makes them, twice."""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from core.data.dataset import read_index
from core.data.packed import PackRecipe, pack
from core.evaluate.evaluation import answer_rows
from core.inference import InterpreterPool
from core.train.runs import find_run, learnt_from
from core.workspace import Workspace

workspace = Workspace.open(sys.argv[1])
run = find_run(workspace, sys.argv[2])
dataset = learnt_from(workspace, run)
pool = InterpreterPool(run.folder(workspace) / "model.tflite", interpreters=1)
size, _, channels = pool.input_shape
index = read_index(workspace, dataset, ["split"])
rows = np.flatnonzero(index["split"] == "test")
packed = pack(workspace, dataset, PackRecipe(size, channels, run.config.fit))
seconds = []
for _ in range(2):
    begin = time.perf_counter()
    probabilities = answer_rows(pool, packed.take, rows)
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"images": len(rows), "seconds": seconds, "top": probabilities.argmax(1)[:100].tolist()}))

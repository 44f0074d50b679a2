"""`python -m benchmarks.fovea_feeding WORKSPACE NAME SIZE`: an epoch of packed pictures in random order.

What is read is what `train` reads, brought to float32 as the loader's batches are.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from core.data.dataset import find
from core.train import training_data
from core.train.config import TrainConfig, resolve
from core.train.feeding import batches, order
from core.workspace import Workspace

EPOCHS = 2

workspace = Workspace.open(sys.argv[1])
dataset = find(workspace, sys.argv[2])
config = resolve(TrainConfig(image_size=int(sys.argv[3])), dataset)
data = training_data.gather(workspace, dataset, config)
rates = []
for epoch in range(1, EPOCHS + 1):
    begin = time.perf_counter()
    images = 0
    for pictures, _ in batches(config, data, order(config, epoch, data.train_labels), one_hot=False):
        images += len(pictures.astype(np.float32))
    rates.append(images / (time.perf_counter() - begin))
print(json.dumps({"images": images, "images_per_second": rates}))

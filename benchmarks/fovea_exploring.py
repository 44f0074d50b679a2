"""`python -m benchmarks.fovea_exploring WORKSPACE IMAGES`: reruns of Explore over a data set of that many images.

The index is made here, with hashes and paths as an import would write them; the pictures themselves are not, since the
server does not read them for a rerun: the browser asks for thumbnails by their addresses.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from core.data.dataset import Dataset
from core.workspace import Workspace
from core.workspace.atomic import write_json
from core.workspace.catalogue import connect, put_dataset

CLASSES = tuple(f"class {number:02d}" for number in range(20))
SPLITS = ["train", "val", "test"]
ROUNDS = 20


def write_dataset(workspace: Workspace, images: int) -> None:
    """A version of a data set called `big`, with a thousand pairs of copies in it."""
    random = np.random.default_rng(0)
    labels, splits = random.choice(CLASSES, images), random.choice(SPLITS, images, p=[0.8, 0.1, 0.1])
    hashes = [random.bytes(32).hex() for _ in range(images)]
    for place in range(0, 2000, 2):
        hashes[place + 1] = hashes[place]
    index = pd.DataFrame(
        {
            "path": [f"{label}/{number:06d}.jpg" for number, label in enumerate(labels)],
            "label": labels,
            "split": splits,
            "group": "",
            "width": random.choice([640, 800, 1024], images),
            "height": random.choice([480, 600, 768], images),
            "mode": "RGB",
            "size_bytes": random.integers(20_000, 90_000, images),
            "sha256": hashes,
            "phash": [random.bytes(8).hex() for _ in range(images)],
            "file": "/nowhere.jpg",
        }
    )
    counts = {name: int((labels == name).sum()) for name in CLASSES}
    dataset = Dataset(
        name="big",
        version=1,
        classes=CLASSES,
        images=images,
        per_class=counts,
        per_split={name: int((splits == name).sum()) for name in SPLITS},
        channels=3,
        size=96,
        left_out=0,
        ignored=0,
        source={"kind": "folder", "location": "/nowhere"},
        fingerprint="",
        change="Made for measuring",
        split_by="fovea",
        size_bytes=int(index["size_bytes"].sum()),
        created_at=time.time(),
    )
    folder = dataset.folder(workspace)
    folder.mkdir(parents=True)
    index.to_parquet(folder / "index.parquet", index=False)
    pd.DataFrame({"path": [], "reason": []}, dtype=str).to_parquet(folder / "left_out.parquet", index=False)
    write_json(folder / "dataset.json", dataset.to_json())
    with connect(workspace) as db:
        put_dataset(db, dataset.to_json())


def timed(page: AppTest) -> float:
    """Milliseconds of one run of the page's script."""
    begin = time.perf_counter()
    page.run()
    milliseconds = (time.perf_counter() - begin) * 1000
    assert not page.exception, page.exception[0].value
    return milliseconds


def main() -> None:
    """Filter by class, by part of the path and by split, and turn pages, again and again."""
    workspace, images = Workspace.open(sys.argv[1]), int(sys.argv[2])
    os.environ["FOVEA_WORKSPACE"] = str(workspace.root)
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    write_dataset(workspace, images)
    page = AppTest.from_file(str(Path(__file__).parents[1] / "pages" / "explore.py"), default_timeout=120)
    page.query_params["data"] = "big"
    first = timed(page)
    found = []
    for number in range(ROUNDS):
        page.multiselect(key="class").set_value([CLASSES[number % 20], CLASSES[(number + 7) % 20]])
        found.append(timed(page))
        page.text_input(key="path").set_value(f"{number % 10}{number % 7}")
        found.append(timed(page))
        page.multiselect(key="class").set_value([])
        page.text_input(key="path").set_value("")
        found.append(timed(page))
        page.session_state["page"] = 2 + number * 7
        found.append(timed(page))
    print(json.dumps({"first_seconds": first / 1000, "milliseconds": found}))


if __name__ == "__main__":
    main()

"""`python -m benchmarks.fovea_importing WORKSPACE FOLDER NAME SIZE`: the whole import of a folder.

Full decode, check, hashes, thumbnail and packed pixels of each picture, splits, and a version on disk.
"""

from __future__ import annotations

import json
import sys
import time

from core.data.add import add
from core.workspace import Workspace

if __name__ == "__main__":  # the scan may start processes, which import this
    workspace = Workspace.open(sys.argv[1])
    begin = time.perf_counter()
    dataset = add(workspace, sys.argv[2], sys.argv[3], pack_size=int(sys.argv[4]))
    seconds = time.perf_counter() - begin
    print(json.dumps({"images": dataset.images, "images_per_second": dataset.images / seconds}))

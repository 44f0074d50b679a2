"""`python -m benchmarks.fovea_checking WORKSPACE FOLDER NAME`: import a folder and check it.

Tells seconds, CPU seconds an image with those of child processes, and the most private memory (RssAnon) at any time.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from core.data.add import add
from core.data.checks import check
from core.workspace import Workspace

EVERY_SECONDS = 0.05


class Memory(threading.Thread):
    """Looks at this process's private memory until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.first, self.most = anonymous_bytes(), 0
        self.done = threading.Event()

    def run(self) -> None:
        """Look."""
        while not self.done.wait(EVERY_SECONDS):
            self.most = max(self.most, anonymous_bytes())


def anonymous_bytes() -> int:
    """RssAnon of this process, from /proc."""
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii")
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) << 10  # type: ignore[index]


def cpu_seconds() -> float:
    """Of this process and of children that ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":  # the scan may start processes, which import this
    workspace = Workspace.open(sys.argv[1])
    memory = Memory()
    memory.start()
    begin, cpu = time.perf_counter(), cpu_seconds()
    dataset = add(workspace, sys.argv[2], sys.argv[3])
    imported = time.perf_counter() - begin
    issues = check(workspace, dataset)
    seconds = time.perf_counter() - begin
    memory.done.set()
    memory.join()
    print(
        json.dumps(
            {
                "images": dataset.images,
                "seconds": seconds,
                "check_seconds": seconds - imported,
                "cpu_ms_each": (cpu_seconds() - cpu) / dataset.images * 1000,
                "memory_mb": (memory.most - memory.first) / 2**20,
                "found": Counter(issue.kind for issue in issues),
            }
        )
    )

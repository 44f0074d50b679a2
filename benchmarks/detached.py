"""Processor time of a command with all that it starts, processes that outlive it included. Linux only."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Callable
from typing import Any

PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans of its children become this process' own, so that their time counts


def with_cpu_seconds(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `run` gives, and "cpu_seconds" of the processes that it started, once all of them have ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = _cpu_seconds()
    answer = run()
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return {**answer, "cpu_seconds": _cpu_seconds() - before}


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

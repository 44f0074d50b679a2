"""The table of job kinds. To add one: a module with `run(context)` and a line here."""

from __future__ import annotations

KINDS: dict[str, str] = {
    "train": "core.jobs.training",
    "import": "core.jobs.importing",
    "collect": "core.jobs.collecting",
    "evaluate": "core.jobs.evaluating",
    "calibrate": "core.jobs.calibrating",
    "export_data": "core.jobs.exporting_data",
    "embed": "core.jobs.embedding",
    "robustness": "core.jobs.robustness",
    "find_rate": "core.jobs.rate_finding",
}

import gc
import shutil

import pytest

from core.evaluate.completion import complete_all
from core.workspace import Workspace


@pytest.fixture(autouse=True)
def _no_collecting(monkeypatch):
    """statsmodels collects garbage at each correction, which takes a second in a process of many tests."""
    monkeypatch.setattr(gc, "collect", lambda *_: 0)


@pytest.fixture
def own(trained, tmp_path):
    """A copy of the trained workspace, to fit in, as if nothing was fitted yet: (workspace, run)."""
    shutil.copytree(trained.workspace.root, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock"))
    workspace = Workspace.open(tmp_path / "copy")
    (trained.run.folder(workspace) / "calibration.json").unlink(missing_ok=True)
    complete_all(workspace, trained.run)
    return workspace, trained.run

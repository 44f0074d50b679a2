import os

import pytest

from core.errors import InputError
from core.workspace import Workspace
from core.workspace.queue import list_jobs


def test_a_workspace_opens_while_the_files_beside_its_catalogue_come_and_go(workspace):
    list_jobs(workspace)
    (workspace.root / "catalogue.db-shm").symlink_to(workspace.root / "gone already")

    assert Workspace.open(workspace.root) == workspace


def test_a_workspace_that_may_only_be_read_is_refused_by_name(workspace, monkeypatch):
    list_jobs(workspace)
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != workspace.catalogue and may(path, mode))

    with pytest.raises(InputError, match=r"catalogue\.db may only be read by this user"):
        Workspace.open(workspace.root)

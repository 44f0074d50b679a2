"""What all tests share. Workspaces are in temporary folders only."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from core.data.dataset import find
from core.inference.embedder import Embedder, model_file
from core.train.runs import find_run
from core.workspace import Workspace
from tests.making import python


@pytest.fixture(autouse=True)
def _no_workspace_but_the_tests(monkeypatch, tmp_path):
    monkeypatch.setenv("FOVEA_WORKSPACE", str(tmp_path / "workspace"))


@pytest.fixture
def workspace(tmp_path):
    """An empty workspace."""
    return Workspace.open(tmp_path / "workspace")


@pytest.fixture(autouse=True, scope="session")
def _no_cache_but_the_tests(tmp_path_factory):
    os.environ["FOVEA_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def embedder(_no_cache_but_the_tests):
    """The pretrained embedder. Two processes that begin at once have made its file."""
    path = model_file()
    with ThreadPoolExecutor() as both:
        for done in both.map(lambda _: python("-m", "core.predict.pretrained", path), range(2)):
            assert done.returncode == 0, done.stderr
    return Embedder(path)


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """scikit-learn's digits in a workspace that tests share: `workspace`, `dataset`, `done` (the command that added them)."""
    workspace = Workspace.open(tmp_path_factory.mktemp("digits"))
    done = python("-m", "core", "--workspace", workspace.root, "data", "add", "digits", "--json")
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(workspace=workspace, dataset=find(workspace, "digits"), done=done)


@pytest.fixture(scope="session")
def trained(digits):
    """A run on the digits that went through the real queue: `workspace`, `dataset`, `run`, `done`, `answer`."""
    command = ("train", "digits", "--preset", "fast", "--epochs", "3", "--json")
    done = python("-m", "core", "--workspace", digits.workspace.root, *command)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    run = find_run(digits.workspace, answer["run"])
    return SimpleNamespace(workspace=digits.workspace, dataset=digits.dataset, run=run, done=done, answer=answer)

"""What all tests share. Workspaces are in temporary folders only."""

import contextlib
import json
import os
import pickle
import subprocess
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from core.data.add import add
from core.data.dataset import find
from core.inference.embedder import FILE_NAME, Embedder, model_file
from core.train.runs import find_run
from core.workspace import Workspace
from tests.making import copy, made_once, python, shared_folder


@pytest.fixture(autouse=True)
def _no_workspace_but_the_tests(monkeypatch, tmp_path):
    monkeypatch.setenv("FOVEA_WORKSPACE", str(tmp_path / "workspace"))


@pytest.fixture
def workspace(tmp_path):
    """An empty workspace."""
    return Workspace.open(tmp_path / "workspace")


@pytest.fixture(autouse=True, scope="session")
def _no_cache_but_the_tests(tmp_path_factory):
    """All workers have one, as all workspaces of a machine have: converting the pretrained network takes 20 s of a core."""
    os.environ["FOVEA_CACHE"] = str(shared_folder(tmp_path_factory) / "cache")


def embedder_in(folder):
    with ThreadPoolExecutor() as both:
        for done in both.map(lambda _: python("-m", "core.predict.pretrained", folder / FILE_NAME), range(2)):
            assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def embedder(tmp_path_factory, _no_cache_but_the_tests):
    """The pretrained embedder. Two processes that begin at once have made its file, whoever needed one before."""
    path = made_once(tmp_path_factory, "made-embedder", embedder_in) / FILE_NAME
    model_file().parent.mkdir(exist_ok=True)
    with contextlib.suppress(FileExistsError):
        model_file().hardlink_to(path)
    return Embedder(path)


def digits_in(folder):
    command = ("--workspace", folder / "workspace", "data", "add", "digits", "--json")
    _keep(folder, python("-m", "core", *command))


def run_in(folder, before):
    copy(before / "workspace", folder / "workspace")
    command = ("train", "digits", "--preset", "fast", "--epochs", "3", "--json")
    _keep(folder, python("-m", "core", "--workspace", folder / "workspace", *command))


def _keep(folder, done):
    assert done.returncode == 0, done.stderr
    (folder / "done.pickle").write_bytes(pickle.dumps(done))


def _own(tmp_path_factory, name, made):
    """A copy that tests of this worker share and may add to, and the command that made it."""
    workspace = Workspace.open(copy(made / "workspace", tmp_path_factory.mktemp(name) / "workspace"))
    done = pickle.loads((made / "done.pickle").read_bytes())
    return SimpleNamespace(workspace=workspace, dataset=find(workspace, "digits"), done=done)


@pytest.fixture(scope="session")
def made_digits(tmp_path_factory):
    """A folder whose `workspace` holds scikit-learn's digits: to be copied."""
    return made_once(tmp_path_factory, "made-digits", digits_in)


@pytest.fixture(scope="session")
def made_mnist(tmp_path_factory):
    """A folder whose `workspace` holds all of MNIST: to be copied."""
    return made_once(tmp_path_factory, "made-mnist", lambda new: add(Workspace.open(new / "workspace"), "mnist"))


@pytest.fixture(scope="session")
def digits(tmp_path_factory, made_digits):
    """scikit-learn's digits in a workspace that tests share: `workspace`, `dataset`, `done` (the command that added them)."""
    return _own(tmp_path_factory, "digits", made_digits)


@pytest.fixture(scope="session")
def made_run(tmp_path_factory, made_digits):
    """A folder whose `workspace` holds the digits and a run of three epochs on them: to be copied."""
    return made_once(tmp_path_factory, "made-run", lambda new: run_in(new, made_digits))


@pytest.fixture(scope="session")
def trained(tmp_path_factory, made_run):
    """A run on the digits that went through the real queue: `workspace`, `dataset`, `run`, `done`, `answer`."""
    own = _own(tmp_path_factory, "trained", made_run)
    own.answer = json.loads(own.done.stdout)
    own.run = find_run(own.workspace, own.answer["run"])
    return own


@pytest.fixture
def small_disk():
    """Mounts a small disk on a folder; `small_disk(folder, "remount,ro")` makes one read-only."""
    mounted = []

    def mount(folder, options="size=4m"):
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False)
        if done.returncode:
            pytest.skip("this user may not mount a disk; as root, or in a container with --cap-add SYS_ADMIN, one may")
        mounted.append(folder)

    yield mount
    for folder in dict.fromkeys(mounted):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

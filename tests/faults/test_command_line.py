"""What a shell, a cron job or a hurried hand gives the command line: odd paths, closed outputs, a version for a data set."""

import json
import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from core.cli import main
from core.data.add import add
from core.data.dataset import find
from core.errors import InputError
from core.evaluate.rule import choose_rule
from core.train import runs
from core.workspace import Workspace
from core.workspace.atomic import write_bytes
from tests.making import PROJECT, copy, png, write_classes


@pytest.fixture
def pets(workspace, tmp_path):
    """A data set of 24 pictures."""
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})))


def run(command, capsys, workspace=None):
    code = main([*(("--workspace", str(workspace.root)) if workspace else ()), *command, "--json"])
    return code, json.loads(capsys.readouterr().out)


def shell(words, **options):
    """A command line of bash, in which FOVEA is the command."""
    fovea = f"{sys.executable} -m core"
    return subprocess.run(
        ["bash", "-c", words.replace("FOVEA", fovea)],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


@pytest.mark.parametrize("name", ["pets@1", "pets@"])
@pytest.mark.parametrize("options", [(), ("--yes",)])
def test_deleting_one_version_deletes_nothing(workspace, pets, capsys, name, options):
    code, answer = run(["data", "delete", name, *options], capsys, workspace)

    assert (code, list(answer)) == (2, ["error"])
    assert find(workspace, "pets") == pets


@pytest.mark.parametrize("path", ["~nobodyx/y", "LOOP", "x" * 300, "/dev/null/y", ""])
def test_a_workspace_that_cannot_be_is_told_in_words(tmp_path, monkeypatch, capsys, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "LOOP").symlink_to("LOOP")

    assert main(["--workspace", path or " ", "data", "list", "--json"]) == 2
    assert list(json.loads(capsys.readouterr().out)) == ["error"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["LOOP"]


@pytest.fixture(scope="module")
def predicting(made_run, tmp_path_factory):
    """A workspace with a run, the run's id and a picture."""
    root = tmp_path_factory.mktemp("predicting")
    workspace = Workspace.open(copy(made_run / "workspace", root / "workspace"))
    (root / "one.png").write_bytes(png(1))
    return workspace, runs.list_runs(workspace)[0].id, root / "one.png"


@pytest.mark.parametrize("path", ["", "  ", "~nobodyx/x.csv", "x" * 300 + ".csv", "/dev/null/x.csv"])
def test_a_table_that_cannot_be_written_is_told_in_words(predicting, tmp_path, monkeypatch, capsys, path):
    workspace, run_id, picture = predicting
    monkeypatch.chdir(tmp_path)

    code, answer = run(["predict", run_id, str(picture), "--csv", path], capsys, workspace)

    assert (code, list(answer)) == (2, ["error"])
    assert list(tmp_path.iterdir()) == []


def test_a_table_goes_where_a_person_means(predicting, tmp_path, monkeypatch, capsys):
    workspace, run_id, picture = predicting
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link.csv").symlink_to("real.csv")
    for path in ("~/x.csv", str(tmp_path / "link.csv")):
        assert run(["predict", run_id, str(picture), "--csv", path], capsys, workspace)[0] == 0

    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "real.csv").read_bytes()
    assert (tmp_path / "link.csv").is_symlink()


def test_a_file_keeps_who_may_read_it(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.touch(mode=0o600)
    write_bytes(secret, b"1")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600

    code = f"from pathlib import Path; from core.workspace.atomic import write_bytes; write_bytes(Path({str(tmp_path)!r}) / 'x', b'')"
    assert shell(f'umask 077; {sys.executable} -c "$CODE"', env={**os.environ, "CODE": code}).returncode == 0
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600


def test_an_error_rate_next_to_none_is_refused():
    with pytest.raises(InputError, match="makes no sense"):
        choose_rule(None, None, 1.0, 1e-320)


def test_27_an_answer_that_cannot_be_written_is_told(workspace, pets):
    done = shell(f"FOVEA --workspace {workspace.root} data list --json > /dev/full")

    assert done.returncode == 2
    assert "its answer could not be written (No space left on device)" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_answer_for_a_terminal_of_few_letters(workspace, tmp_path):
    add(workspace, str(write_classes(tmp_path / "pets", {"Äpfel": 3, "dog": 3})))
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}

    as_json = shell(f"FOVEA --workspace {workspace.root} data show pets --json", env=ascii_only)
    in_words = shell(f"FOVEA --workspace {workspace.root} data show pets", env=ascii_only)

    assert list(json.loads(as_json.stdout)["classes"]) == ["dog", "Äpfel"]
    assert (in_words.returncode, in_words.stderr) == (0, "")


def test_a_closed_output_hinders_no_command(workspace, tmp_path):
    write_classes(tmp_path / "pets", {"cat": 3, "dog": 3})
    assert shell(f"FOVEA --workspace {workspace.root} data add {tmp_path}/pets 2>&-").returncode == 0
    assert find(workspace, "pets").images == 6

    refused = shell(f"FOVEA --workspace {workspace.root} data show nothing --json 2>&-")
    assert (refused.returncode, list(json.loads(refused.stdout))) == (2, ["error"])
    assert shell(f"FOVEA --workspace {workspace.root} data list >&-").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_asked_to_end_leaves_nothing_half_made(workspace, tmp_path, number):
    source = tmp_path / "source"
    source.mkdir()
    np.savez(
        source / "many.npz",
        x_train=np.random.default_rng(0).integers(0, 255, (20_000, 28, 28), np.uint8),
        y_train=np.arange(20_000) % 7,
    )
    add = [sys.executable, "-m", "core", "--workspace", str(workspace.root), "data", "add", str(source / "many.npz")]
    as_at_a_terminal = ["env", "--default-signal"]  # whoever runs the tests in the background ignores some
    with subprocess.Popen(
        [*as_at_a_terminal, *add], cwd=PROJECT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 60
        while not [*workspace.datasets.glob(".new-*/images/*/*.png")]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        helpers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        _, words = process.communicate(timeout=60)

    assert psutil.wait_procs(helpers, timeout=60)[1] == []
    if number == signal.SIGKILL:
        return
    assert process.returncode == 2, words
    assert "Stopped." in words
    assert list(workspace.datasets.iterdir()) == []


@pytest.mark.parametrize(
    "given",
    [("--budgets", "²"), ("--budgets", "1" * 5000), ("--budgets", "none", "--seed", "-1"), ("--budgets", "x" * 900)],
)
def test_odd_numbers_of_a_measurement_are_told_in_few_words(predicting, capsys, given):
    workspace, run_id, _ = predicting

    code, answer = run(["robustness", run_id, "--images", "10", *given], capsys, workspace)

    assert (code, list(answer)) == (2, ["error"])
    assert len(answer["error"]) < 200

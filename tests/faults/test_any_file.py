"""FAULTS 29: any one file of the workspace cut in half, empty or noise. Commands and pages say which, and the rest works."""

import contextlib
import json
import os
import random
import re
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from core.augment import saved
from core.augment.config import AugmentConfig
from core.cli import main
from core.data import different, drafts, edits
from core.data.dataset import find, read_index
from core.errors import HelperError
from core.evaluate import class_threshold
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.validated import validation_answers
from core.inference import pool
from core.jobs import exporting_data, start
from core.jobs.context import Context
from core.train import runs
from core.workspace import Workspace, queue
from core.workspace.atomic import write_json
from pages.shared import cached
from tests.making import PROJECT, copy, encoded, fovea, made_once, noise, png, write_zip
from tests.pages.conftest import _main_module, _no_cookies, _no_fragments, _patient, said  # noqa: F401  as all tests of pages

TONES = {"cat": 0, "dog": 120}
DRAFT = "a" * 32
COMMANDS = (
    "data check pets",
    "data embed pets@1",
    "data edit pets EDITS",
    "data undo pets",
    "data export pets --out OUT",
    "data add MORE --name pets --append",
    "data rename pets animals",
    "data show pets",
    "data delete pets --yes",
    "train pets@1 --preset quick --detach",
    "runs further SECOND --detach",
    "runs show FIRST",
    "runs delete FIRST",
    "sweep pets --over learning_rate=0.1,0.2 --epochs 1 --detach",
    "sweeps show tried",
    "sweeps delete tried",
    "evaluate FIRST --split val",
    "slices FIRST",
    "compare FIRST THIRD",
    "calibrate FIRST --use no",
    "decide FIRST --error-rate 0.5",
    "robustness FIRST --images 2 --families rotation --budgets none",
    "predict FIRST PICTURE",
)
LISTS = ("data list", "runs list", "sweeps list")
TABS = ("Confusion", "Classes", "Calibration", "Decide", "Compare", "Slices", "Robustness", "More data?", "Mistakes")
PAGES = (
    ("explore", {"data": "pets@2", "draft": DRAFT}),
    ("explore Map", {"data": "pets@1"}),
    ("explore Left out (3)", {"data": "pets@2"}),
    ("explore Versions", {"data": "pets@2"}),
    ("augment", {"data": "pets@2"}),
    ("train", {"data": "pets@1", "run": "FIRST"}),
    ("train", {"data": "pets@1", "sweep": "tried"}),
    ("classify", {"run": "FIRST"}),
    *(("evaluate", {"run": "FIRST", "data": "pets@1", "tab": tab, "with": "THIRD"}) for tab in TABS),
    ("home", {}),
)
APPENDED = (
    "catalogue.db",
    "events.jsonl",
    "hashes.txt",
    "vectors.f16",
    "log.txt",
)  # all others are replaced as a whole
MADE_AGAIN = (
    "hashes.txt",
    "vectors.f16",
    ".npy",
)  # what is missing of them is made by whoever needs it, without a word
AGO = re.compile(r"just now|\d+ (minute|hour|day)s? ago")  # what a page says goes on while it is drawn again and again
CURES = ("restore", "again", "delete", "put it back", "mend")
VARYING = (
    "seconds",
    "run",
    "images_per_second",
    "created_at",
    "fitted_at",
    "made_at",
    "freed_bytes",
    "embedded",
    "free_bytes",
)
AS_NAVIGATION = """
import runpy
from core.errors import FoveaError
from pages.shared import messages
try:
    runpy.run_path({page!r}, run_name="__main__")
except FoveaError as error:
    messages.show_error(error)
"""


def fill(folder):
    """Make `folder`/workspace: pets in two versions, three runs on the first, and all that comes of them, as people do."""
    workspace = Workspace.open(folder / "workspace")
    entries = {f"{label}/{n}.png": picture(tone, n) for label, tone in TONES.items() for n in range(40)}
    entries |= {"cat/half.png": picture(0, 1)[:200], "cat/notes.txt": b"no picture", "dog/copy.png": picture(120, 3)}
    do(workspace, "data", "add", write_zip(folder / "pets.zip", entries))
    for name, preset in (("first", "quick"), ("second", "fast"), ("third", "quick")):
        few = ("--epochs", "1") if preset == "fast" else ()
        fovea(workspace, "train", "pets", "--preset", preset, *few, "--run-name", name)
    choose(workspace)
    images = edits.names_of(read_index(workspace, find(workspace, "pets")))
    for name, changes in {
        "before.json": [edits.Relabel(tuple(images[:1]), "dog"), edits.LeaveOut(tuple(images[5:6]))],
        "edits.json": [edits.RenameClass("cat", "lion")],
    }.items():
        write_json(folder / name, [edits.to_json(one) for one in changes])
    do(workspace, "data", "edit", "pets", folder / "before.json")
    for version in ("pets@1", "pets@2"):
        do(workspace, "data", "embed", version)
    different.say(workspace, "pets", [[images[1].sha256, images[2].sha256]])
    drafts.change(workspace, DRAFT, find(workspace, "pets"), lambda _: (edits.Relabel(tuple(images[1:2]), "dog"),))
    saved.save(workspace, "turns", AugmentConfig((("rotation", 0.1),)))
    export(workspace)
    (folder / "one.png").write_bytes(png(0))
    write_zip(folder / "more.zip", {f"cat/{n}.png": picture(0, 100 + n) for n in range(2)})


def picture(tone, number):
    """The bytes of a picture of that tone, which a model tells from one of the other."""
    return encoded(noise(1000 * tone + number) // 2 + np.uint8(tone))


def choose(workspace):
    """What is chosen and measured of the first run, and a sweep that it is in."""
    run = runs.find_run(workspace, "first")
    do(workspace, "calibrate", run.id, "--use", "yes")
    do(workspace, "decide", run.id, "--error-rate", "0.5")
    do(workspace, "robustness", run.id, "--images", "2", "--families", "blur,rotation", "--budgets", "none")
    do(workspace, "slices", run.id)
    answers, temperature = validation_answers(workspace, run), temperature_in_use(workspace, run)
    wish = class_threshold.Wish("recall", 0.5)
    class_threshold.keep(workspace, run, class_threshold.choose(run, answers, "cat", wish, temperature))
    asked = {"dataset": run.dataset, "over": {}, "draws": None, "most_runs": None, "most_minutes": None}
    trials = [{"run": run.id, "values": {}}]
    write_json(workspace.sweeps / "tried" / "sweep.json", {"id": "tried", **asked, "trials": trials})


def export(workspace):
    """The job that Explore begins."""
    asked = {"dataset": "pets@2", "format": "folders", "file_name": "pets.zip"}
    job = queue.submit(workspace, queue.Job("export-1", exporting_data.KIND, queue.LIGHT, asked))
    queue.claim(workspace, queue.LIGHT)
    queue.finish(workspace, job.id, queue.DONE, "", exporting_data.run(Context(workspace, job)), "")


def do(workspace, *words):
    assert main(["--workspace", str(workspace.root), *map(str, words), "--json"]) == 0, words


@pytest.fixture(scope="module")
def made(embedder, tmp_path_factory):
    """A folder with the workspace and the files that commands are given, of this worker alone."""
    shared, own = made_once(tmp_path_factory, "made-everything", fill), tmp_path_factory.mktemp("everything")
    copy(shared / "workspace", own / "workspace")
    for file in filter(Path.is_file, shared.iterdir()):
        shutil.copy2(file, own)
    return own


@pytest.fixture(scope="module")
def seen():
    """Which commands and pages, without their tabs, read a damaged file already, by its name."""
    return defaultdict(set)


@pytest.fixture(autouse=True)
def _nothing_is_started(monkeypatch):
    monkeypatch.setattr(start, "ensure_supervisor", lambda _: None)


@pytest.fixture
def fresh(made, tmp_path):
    """Gives the root of a new copy of the workspace, made in no time: what is replaced as a whole is the same file in both."""

    def one(source, goal):
        (shutil.copy2 if os.path.basename(source).startswith(APPENDED) else os.link)(source, goal)

    def copied():
        root = tmp_path / "workspace"
        shutil.rmtree(root, ignore_errors=True)
        return shutil.copytree(
            made / "workspace", root, copy_function=one, ignore=shutil.ignore_patterns("*.lock", "*.db-*")
        )

    return copied


def meant(made, words):
    found = (json.loads(file.read_text()) for file in (made / "workspace").glob("runs/*/run.json"))
    ids = {run["name"].upper(): run["id"] for run in found}
    files = {"EDITS": "edits.json", "OUT": "out.zip", "MORE": "more.zip", "PICTURE": "one.png"}
    return [ids.get(word) or (str(made / files[word]) if word in files else word) for word in words]


OPENED, TRACED = set(), []


def _note(event, arguments):
    if TRACED and event == "open" and isinstance(arguments[0], str | os.PathLike):
        OPENED.add(os.fspath(arguments[0]))


sys.addaudithook(_note)


@contextlib.contextmanager
def traced(monkeypatch):
    """`OPENED` are the files that the block reads, also those that libraries in C++ open."""

    def noting(real):
        def noted(*args, **given):
            OPENED.update(str(one) for one in (*args, *given.values()) if isinstance(one, str | os.PathLike))
            return real(*args, **given)

        return noted

    with monkeypatch.context() as patched:
        for module, name in ((pyarrow.parquet, "read_table"), (pyarrow.parquet, "read_schema"), (pool, "Interpreter")):
            patched.setattr(module, name, noting(getattr(module, name)))
        OPENED.clear()
        TRACED.append(True)
        try:
            yield
        finally:
            TRACED.clear()


def files_read(made, root):
    """Paths in the workspace of what was read, but pictures, locks, the catalogue and what nobody but people reads."""
    below = sorted(name.removeprefix(f"{root}/") for name in OPENED if name.startswith(f"{root}/"))
    not_asked = ("/images/", "/thumbnails/", "catalogue.db", ".lock", "log.txt", ".log")
    return [
        name for name in below if (made / "workspace" / name).is_file() and not any(part in name for part in not_asked)
    ]


def damages(made, root_of, name, read_by=frozenset(), who=""):
    """Roots of copies in which the file is damaged: in each way where nobody read it so yet, in one (which the name decides)
    where others did, in none where `who` did.
    """
    whole = (made / "workspace" / name).read_bytes()
    ways = {"half": whole[: len(whole) // 2], "empty": b"", "noise": random.Random(0).randbytes(max(len(whole), 100))}
    chosen = () if who in read_by else (sorted(ways)[len(name) % 3],) if read_by else ways
    for way in chosen:
        root = root_of()
        (root / name).unlink()
        (root / name).write_bytes(ways[way])
        yield way, root


def answer(made, root, command, capsys, caplog):
    """Exit code, the one JSON object, and what was said beside it. Raises what the command does not catch."""
    caplog.clear()
    code = main(["--workspace", str(root), *meant(made, command.split(" ")), "--json"])
    shown = capsys.readouterr()
    return code, json.loads(shown.out), shown.err + caplog.text


def without(value):
    """An answer without what varies from time to time."""
    if isinstance(value, dict):
        return {name: without(one) for name, one in value.items() if name not in VARYING}
    return [without(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("command", COMMANDS)
def test_29_a_command_does_its_work_or_names_the_damaged_file(made, fresh, seen, command, capsys, caplog, monkeypatch):
    root = fresh()
    with traced(monkeypatch):
        code, before, _ = answer(made, root, command, capsys, caplog)
    assert code == 0, before
    wrong = []
    for name in files_read(made, root):
        for way, damaged in damages(made, fresh, name, seen[name], command):
            try:
                code, after, beside = answer(made, damaged, command, capsys, caplog)
            except Exception as error:  # noqa: BLE001  all of them are told together
                wrong.append(f"{name} {way}: {type(error).__name__} {error}"[:300])
                continue
            is_named = code == 2 and list(after) == ["error"] and name in after["error"]
            is_named = is_named and "\n" not in after["error"] and any(cure in after["error"].lower() for cure in CURES)
            is_fine = code == 0 and (without(after) == without(before) or name in beside or name.endswith(MADE_AGAIN))
            if not (is_named or is_fine):
                wrong.append(f"{name} {way}: {code} {after} {beside}"[:300])
        seen[name].add(command)
    assert not wrong, "\n".join(wrong)


class NoHelper:
    """Starting TensorFlow for each of a hundred pages would take minutes."""

    def ask(self, *_, **__):
        raise HelperError("There is no helper here.")


@pytest.fixture
def drawn(monkeypatch, made, caplog):
    """`drawn(root, page, address)`: the text of a page of the workspace there, as the table of pages runs it, and the log."""
    for where in (st, DeltaGenerator):
        monkeypatch.setattr(where, "page_link", lambda *_, **__: None)
    monkeypatch.setattr(cached, "helper", NoHelper)

    def draw(root, page, address):
        monkeypatch.setenv("FOVEA_WORKSPACE", str(root))
        st.cache_resource.clear()
        st.cache_data.clear()
        file, _, tab = page.partition(" ")
        app = AppTest.from_string(AS_NAVIGATION.format(page=str(PROJECT / "pages" / f"{file}.py")))
        app.query_params.update(dict(zip(address, meant(made, address.values()), strict=True)))
        if tab:
            app.session_state["explore_tabs_pets"] = tab
        caplog.clear()
        app.run()
        assert not app.exception, app.exception
        return AGO.sub("then", said(app).replace("\\", "")), caplog.text

    return draw


@pytest.mark.parametrize(("page", "address"), PAGES)
def test_29_a_page_is_as_before_or_names_the_damaged_file(made, fresh, seen, drawn, page, address, monkeypatch):
    root = fresh()
    with traced(monkeypatch):
        before, _ = drawn(root, page, address)
    wrong, script = [], page.partition(" ")[0]
    for name in files_read(made, root):
        for way, damaged in damages(made, fresh, name, seen[name], script):
            try:
                text, log = drawn(damaged, page, address)
            except AssertionError as error:
                wrong.append(f"{name} {way}: {error}"[:300])
                continue
            if text != before and name not in text + log:
                wrong.append(f"{name} {way}: {text}"[:300])
        seen[name].add(script)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("runs/FIRST/run.json", "runs show FIRST"),
        ("runs/FIRST/job.json", "runs show FIRST"),
        ("datasets/pets/v2/dataset.json", "data show pets@2"),
        ("sweeps/tried/sweep.json", "sweeps show tried"),
    ],
)
def test_29_when_the_catalogue_is_made_again_what_is_damaged_is_named_and_hides_nothing_else(
    made, fresh, name, command, capsys, caplog
):
    name = "/".join(meant(made, name.split("/")))
    before = {one: answer(made, fresh(), one, capsys, caplog)[1] for one in LISTS}
    for way, root in damages(made, fresh, name):
        (root / "catalogue.db").unlink()
        for one in LISTS:
            code, listed, _ = answer(made, root, one, capsys, caplog)
            (key,) = listed
            assert (code, len(before[one][key]) - len(listed[key]) <= 1) == (0, True), (one, way)
        code, after, _ = answer(made, root, command, capsys, caplog)
        assert (code, name in after["error"]) == (2, True), (after, way)


@pytest.mark.parametrize("way", ["half", "empty", "noise"])
def test_29_a_damaged_catalogue_is_made_again_and_said(made, fresh, way, capsys, caplog):
    before = answer(made, fresh(), "runs list", capsys, caplog)[1]
    root = next(root for one, root in damages(made, fresh, "catalogue.db") if one == way)
    code, after, beside = answer(made, root, "runs list", capsys, caplog)

    assert (code, after) == (0, before)
    assert "catalogue.db was damaged" in beside

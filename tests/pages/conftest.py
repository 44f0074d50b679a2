"""AppTest takes the place of `__main__`, which processes that a later test begins would run."""

import sys

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.data.add import add
from core.evaluate.evaluation import keep_answers
from core.workspace.atomic import write_json
from pages.shared import cached, recorded, visitor
from tests.making import PROJECT, encoded, png

PER_SPLIT = {"train": 6, "val": 3, "test": 3}


@pytest.fixture(autouse=True)
def _main_module(monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    cached.workspace.clear()  # a server has one, tests have many


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """AppTest gives up after 3 seconds, which says how busy the machine is."""
    make = AppTest.__init__
    monkeypatch.setattr(AppTest, "__init__", lambda *args, **given: make(*args, **{**given, "default_timeout": 120}))


@pytest.fixture(autouse=True)
def _no_fragments(monkeypatch):
    """AppTest draws whole pages only."""
    whole = st.rerun
    monkeypatch.setattr(st, "rerun", lambda scope="app": whole())


@pytest.fixture(autouse=True)
def _no_cookies(monkeypatch):
    """AppTest has no browser, and nobody who sits anywhere."""
    monkeypatch.setattr(recorded, "of_browser", lambda: "")
    monkeypatch.setattr(visitor, "is_here", lambda: True)


@pytest.fixture
def flawed(workspace, tmp_path):
    """Cats and dogs in the splits of their source: 27 images, of which one is in train and in test (rows 0, 24), one under two
    labels (rows 1, 25), and one black (row 26).
    """
    rows = []

    def put(name, label, split, data):
        (tmp_path / name).write_bytes(data)
        rows.append(f"{name},{label},{split}")

    for label in ("cat", "dog"):
        for split, images in PER_SPLIT.items():
            for _ in range(images):
                put(f"{len(rows)}.png", label, split, png(len(rows)))
    put("leak.png", "cat", "test", png(0))
    put("wrong.png", "dog", "train", png(1))
    put("black.png", "dog", "train", encoded(np.zeros((12, 12, 3), np.uint8)))
    (tmp_path / "pets.csv").write_text("\n".join(["path,label,split", *rows]))
    return add(workspace, str(tmp_path / "pets.csv"))


@pytest.fixture
def explore():
    """Draws Explore: `explore(dataset, finding=…)` with what is in the address; gives back the page."""

    def drawn(dataset, **address):
        page = AppTest.from_file(str(PROJECT / "pages/explore.py"))
        for name, value in {"data": dataset.reference, **address}.items():
            page.query_params[name] = value
        return again(page)

    return drawn


def again(page):
    """Draw the page anew."""
    page.run()
    assert not page.exception
    return page


def press(page, *words):
    """Press the one button whose words begin so; of several, each opens a dialog in which the next one is."""
    for number in range(len(words)):
        for begins in words[: number + 1]:
            (button,) = [button for button in page.button if button.label.startswith(begins)]
            button.click()
        again(page)
    return page


def keep_answered(workspace, run, right, group=""):
    """Keep a run's answers to 100 test images of two classes, half of them each, of which so many are right.

    `group` is that of each image, or one for all.
    """
    write_json(run.folder(workspace) / "labels.json", ["cat", "dog"])
    (run.folder(workspace) / "model.tflite").write_bytes(b"")
    places = np.arange(100) % 2
    names = [f"{place}.png" for place in range(100)]
    index = pd.DataFrame(
        {"path": names, "label": np.array(["cat", "dog"])[places], "group": group, "sha256": names, "file": names}
    )
    named = np.where(np.arange(100) < right, places, 1 - places)
    keep_answers(workspace, run, run.dataset, "test", index, np.eye(2)[named])


def labels(page):
    """The words of all buttons."""
    return [button.label for button in page.button]


def said(page):
    """All text of the page, in one."""
    kinds = ("title", "subheader", "markdown", "caption", "warning", "info", "error")
    return "\n".join(element.value for kind in kinds for element in page.get(kind))

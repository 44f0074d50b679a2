"""`python -m benchmarks.fovea_evaluating WORKSPACE CLASSES IMAGES`: Evaluate over that many classes and images.

The page's script is timed in this process, each tab and each choice of the tab Confusion again and again; then a real server
is started and a real Chromium opens the page and changes a choice.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import streamlit as st
from playwright.sync_api import Page, sync_playwright
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from benchmarks.evaluations import write_evaluation
from core.train.runs import Run
from core.workspace import Workspace
from tests.browser.conftest import FLAGS, Server, chromium, drawn

SCRIPT = str(Path(__file__).parents[1] / "pages" / "evaluate.py")
ROUNDS = 8
FEW = {
    "Confusion": {},
    "by row": {"cells": "By row"},
    "by similarity": {"order": "By similarity"},
    "pairs": {"confusion": "Most confused pairs"},
    "Classes": {"tab": "Classes"},
    "Mistakes": {"tab": "Mistakes"},
    "Predictions": {"tab": "Predictions"},
}
OF_MANY = {
    "with mistakes": {"classes": "With mistakes"},
    "blocks": {"classes": "Blocks", "order": "By similarity"},
    "one block": {"classes": "Blocks", "order": "By similarity", "block": "kind 0|kind 0"},
}
MANY = 60


def timed(page: AppTest) -> float:
    """Milliseconds of one run of the page's script."""
    begin = time.perf_counter()
    page.run()
    milliseconds = (time.perf_counter() - begin) * 1000
    assert not page.exception, page.exception[0].value
    return milliseconds


def reruns(run: Run, classes: int) -> dict[str, list[float]]:
    """{what is shown: milliseconds of its reruns} of the page's script. The first run of each is not in it."""
    for where in (st, DeltaGenerator):  # a page that is drawn alone knows of no other to link to
        where.page_link = lambda *_, **__: None  # type: ignore[method-assign,assignment]
    found = {}
    for name, choices in {**FEW, **(OF_MANY if classes > MANY else {})}.items():
        page = AppTest.from_file(SCRIPT, default_timeout=300)
        for key, value in {"run": run.id, **choices}.items():
            page.query_params[key] = value
        timed(page)
        found[name] = [timed(page) for _ in range(ROUNDS)]
    return found


def in_chromium(workspace: Workspace, run: Run) -> dict[str, Any]:
    """Seconds until the page stands there with its matrix, at first and again, and until a change of choice is drawn."""
    server = Server(workspace.root)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            page.set_default_timeout(120_000)
            page.goto(server.url)  # the browser has Fovea's scripts, the server its modules
            drawn(page)
            appeared = [_appears(page, f"{server.url}/evaluate?run={run.id}") for _ in range(5)]
            changed = [
                _changes(page, word, said) for word, said in (("By row", "recall"), ("By column", "precision")) * 4
            ]
            browser.close()
    finally:
        server.stop()
    return {"first": appeared[0], "again": appeared[1:], "changed": changed}


def _appears(page: Page, address: str) -> float:
    begin = time.perf_counter()
    page.goto(address)
    page.get_by_label(re.compile(r"^\d+ of kind \d+ named kind \d+$")).first.wait_for()
    drawn(page)
    return time.perf_counter() - begin


def _changes(page: Page, word: str, said: str) -> float:
    begin = time.perf_counter()
    page.get_by_role("radio", name=word).click()
    page.get_by_text(f"the diagonal is {said}").wait_for()
    drawn(page)
    return time.perf_counter() - begin


def main() -> None:
    """Make the evaluation and time the page over it."""
    workspace, classes, images = Workspace.open(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.environ["FOVEA_WORKSPACE"] = str(workspace.root)
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    begin = time.perf_counter()
    run = write_evaluation(workspace, classes, images)
    made = time.perf_counter() - begin
    times = {"reruns": reruns(run, classes), "chromium_seconds": in_chromium(workspace, run)}
    print(json.dumps({"making_seconds": made, **times}))


if __name__ == "__main__":
    main()

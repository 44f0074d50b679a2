"""FAULTS 30: any text in any parameter of any address."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from starlette.requests import Request
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from core.evaluate.conditions import Settings
from core.evaluate.measuring import measure
from core.workspace import Workspace, queue
from pages.shared import cached, routes, state
from tests.making import PROJECT, copy
from tests.pages.conftest import _main_module, _no_cookies, _no_fragments, _patient  # noqa: F401  as all tests of pages

READ = re.compile(r'(?:\bhere|_here|parameter|_choice|_amount|_kept)\((?:[^()"]*"[^"]*",)*?\s*"([a-z]+)"')
NAMED = re.compile(r'^(?:PARAMETER|OPEN|ASKED|INTO|RECORDED_CLASS|FINDING|EXAMPLE) = "(\w+)"', re.MULTILINE)
BOUND = ("tab", "page", "path", "all_pairs")  # which widgets read by themselves
NASTY = (
    "²",
    "9" * 5000,
    "nan",
    "-1",
    "1e999",
    "|",
    "a|²",
    "\x00",
    "../../etc",
    "<b>%s{0}",
    "ꙮ" * 300,
    " ",
    "\U0001d49c" * 64,
)
TABS = (
    "Confusion",
    "Classes",
    "Calibration",
    "Decide",
    "Compare",
    "Slices",
    "Robustness",
    "More data?",
    "Mistakes",
    "Predictions",
)
PAGES = [
    ("home", ""),
    ("explore", ""),
    ("augment", ""),
    ("train", ""),
    ("classify", ""),
    *(("evaluate", tab) for tab in TABS),
]


@pytest.fixture(scope="module")
def parameters():
    """The name of every parameter that some page reads."""
    texts = [path.read_text() for path in (PROJECT / "pages").rglob("*.py")]
    return sorted({*BOUND, *(name for text in texts for found in (READ, NAMED) for name in found.findall(text))})


def opened(page, /, **address):
    drawn = AppTest.from_file(str(PROJECT / "pages" / f"{page}.py"))
    for name, value in address.items():
        drawn.query_params[name] = value
    drawn.run()
    assert not drawn.exception, (page, address, drawn.exception)
    return drawn


@pytest.fixture(autouse=True)
def _no_links(monkeypatch):
    """A page that is drawn alone knows of no other."""
    for where in (st, DeltaGenerator):
        monkeypatch.setattr(where, "page_link", lambda *_, **__: None)
    monkeypatch.setattr(st, "switch_page", lambda *_, **__: None)


@pytest.fixture
def in_hand(monkeypatch, trained):
    monkeypatch.setenv("FOVEA_WORKSPACE", str(trained.workspace.root))
    return {"data": trained.dataset.reference, "run": trained.run.id}


def test_30_the_pages_read_the_parameters_that_are_tried(parameters):
    assert {
        "data",
        "run",
        "tab",
        "import",
        "rate",
        "image",
        "damage",
        "bin",
        "size",
        "seed",
        "pick",
        "error",
        "miss",
    } <= set(parameters)
    assert len(parameters) > 35


@pytest.mark.parametrize(("page", "tab"), PAGES)
def test_30_any_text_in_all_parameters_beside_what_is_in_hand(in_hand, parameters, page, tab):
    others = [name for name in parameters if name not in ("data", "run", "tab", "split")]
    for text in NASTY if page != "evaluate" else NASTY[:4]:
        opened(page, **dict.fromkeys(others, text), **in_hand, **({"tab": tab} if tab else {}))


@pytest.mark.parametrize("page", ["home", "explore", "augment", "train", "classify", "evaluate"])
def test_30_any_text_in_all_parameters(in_hand, parameters, page):
    for text in NASTY:
        opened(page, **dict.fromkeys(parameters, text))
        opened(page, data=f"{in_hand['data'].partition('@')[0]}@{text}")


def test_30_two_dialogs_of_one_address_are_one(in_hand):
    assert opened("explore", add="1", image="3", **in_hand).query_params.get("image") is None


@pytest.fixture(scope="module")
def measured(trained, tmp_path_factory):
    """A workspace with a run whose robustness was measured on a few images."""
    workspace = Workspace(copy(trained.workspace.root, tmp_path_factory.mktemp("measured") / "workspace"))
    return workspace, measure(workspace, trained.run, trained.dataset, "test", Settings(5, ("blur",), ()))


@pytest.mark.parametrize("damage", [*NASTY, "defocus_blur|\u00b2", "defocus_blur|6", "defocus_blur|-1", "nothing|1"])
def test_30_a_damage_that_was_not_measured_is_passed_over(measured, monkeypatch, damage):
    workspace, found = measured
    monkeypatch.setenv("FOVEA_WORKSPACE", str(workspace.root))
    page = opened("evaluate", data=found.dataset, run=found.run, tab="Robustness", damage=damage)

    worst = worst_of(found)
    assert shown_damage(page) == (worst.name, worst.amount)
    assert "damage" not in page.query_params


def test_30_a_damage_that_was_measured_is_shown(measured, monkeypatch):
    workspace, found = measured
    monkeypatch.setenv("FOVEA_WORKSPACE", str(workspace.root))
    other = next(point for point in reversed(found.of("corruption")) if point != worst_of(found))
    asked = f"{other.name}|{other.amount:g}"
    page = opened("evaluate", data=found.dataset, run=found.run, tab="Robustness", damage=asked, example="\u00b2")

    assert shown_damage(page) == (other.name, other.amount)
    assert page.query_params["damage"] == asked


def worst_of(found):
    """The first of the damages that leave the fewest right, which the page shows where nobody asks for another."""
    return min(found.of("corruption"), key=lambda point: point.accuracy)


def shown_damage(page):
    """Which damage and severity the lists beside the table of colours say."""
    of = {box.label: box.value for box in page.selectbox}
    return of["Damage"], of["Severity"]


def test_30_a_job_of_another_kind(in_hand, trained):
    jobs = [job.id for job in queue.list_jobs(trained.workspace)]
    assert trained.run.id in jobs
    for job in jobs:
        for name in ("import", "rate", "collect", "run"):
            for page in ("explore", "train"):
                opened(page, **{"data": in_hand["data"], name: job})


def test_30_a_job_is_taken_by_its_kind_only(trained, monkeypatch):
    monkeypatch.setattr(cached, "workspace", lambda: trained.workspace)
    assert cached.job_of(trained.run.id, ("train",)).id == trained.run.id
    for none in (
        cached.job_of(trained.run.id, ("import",)),
        cached.job_of("²", ("train",)),
        cached.job_of(None, ("train",)),
        cached.job_of("", ("train",)),
    ):
        assert none is None


@given(some.text(), some.integers(1, 10**12))
def test_30_a_whole_number_is_one_in_range_or_none(text, below):
    number = state.whole_number(text, below)
    assert number is None or (0 <= number < below and number == int(text) and text.isascii())


@given(some.integers(0, 10**9), some.integers(1, 10**9))
def test_30_every_whole_number_in_range_is_read(number, below):
    assert state.whole_number(str(number), below) == (number if number < below else None)


@given(some.one_of(some.text(), some.floats().map(str)))
def test_30_a_number_is_finite_or_none(text):
    class Address:
        query_params = {"x": text}  # noqa: RUF012

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(state, "st", Address)
        number = state.number_here("x")
    assert number is None or abs(number) < float("inf")


def test_30_no_page_takes_a_number_out_of_an_address_by_itself():
    for path in (PROJECT / "pages").rglob("*.py"):
        if path.name not in ("state.py", "frames.py", "routes.py", "quota.py"):
            assert not re.search(r"\.(isdigit|isdecimal|isnumeric)\(|(int|float)\([^()]*here\(", path.read_text()), path


@pytest.mark.parametrize("row", ["9" * 5000, "-1", "²", "1.5", "x"])
def test_30_a_row_of_a_picture_that_is_none_is_said_to_be_none(workspace, monkeypatch, row):
    monkeypatch.setenv("FOVEA_WORKSPACE", str(workspace.root))
    of_pictures = [route for route in routes.routes() if "{row" in route.path]
    assert len(of_pictures) == 2

    for route in of_pictures:
        assert asked(route, reference="digits@1", row=row) == (404, "There is no such picture.")


@pytest.mark.parametrize("name", NASTY)
def test_30_a_route_of_a_name_that_nothing_has_says_so(workspace, monkeypatch, name):
    monkeypatch.setenv("FOVEA_WORKSPACE", str(workspace.root))
    for route in [one for one in routes.routes() if {"name", "reference", "job"} & set(one.param_convertors)]:
        status, said = asked(route, name=name, reference=name, job=name, row="0", sha256="0" * 64)
        assert (status, said[:12]) == (404, "There is no ")


def asked(route, **parameters):
    """What a route answers: (status, text)."""
    answering = route.endpoint(Request({"type": "http", "path_params": parameters}))
    with ThreadPoolExecutor(1) as aside:  # Playwright has a loop of its own in this thread
        answer = aside.submit(asyncio.run, answering).result()
    return answer.status_code, answer.body.decode()

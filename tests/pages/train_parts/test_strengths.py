"""A run that learns a last layer alone has strengths where others have epochs, and no page says otherwise."""

import dataclasses
import re
import time
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.data.add import add
from core.data.dataset import find
from core.evaluate.evaluation import Evaluation
from core.jobs.watch import look
from core.train import runs
from core.train.head import Vectors, train_head
from core.train.moments import STRENGTH, most
from core.train.presets import preset
from core.train.sweeps import Result, Sweep
from core.workspace import events, queue
from pages.evaluate_parts import verdict
from pages.evaluate_parts.asked import Asked
from pages.shared import cached
from pages.train_parts import compare, ended, last_layer, live, run_parts, sweep_panel
from tests.making import write_classes


@pytest.fixture
def run(workspace, tmp_path, monkeypatch):
    """A `quick` run whose training began 75 seconds ago and has tried two strengths."""
    np = pytest.importorskip("numpy")
    write_classes(tmp_path / "in", {"a": 30, "b": 30})
    made = runs.create(workspace, add(workspace, str(tmp_path / "in"), "few"), preset("quick").config)
    job = queue.claim(workspace, queue.HEAVY)
    labels = np.arange(40) % 2
    vectors = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32) + labels[:, None]
    said = []
    train_head(made.config, Vectors(vectors, labels, vectors, labels), 2, said.append)
    for moment in said[:3]:
        events.append(job.folder(workspace), "training", **moment.to_json())
    monkeypatch.setattr(cached, "workspace", lambda: workspace)
    monkeypatch.setattr("streamlit.page_link", lambda *args, **named: None)  # AppTest knows one page
    for page in (live, ended, run_parts, compare):
        monkeypatch.setattr(page, "workspace", lambda: workspace)
    held = dataclasses.replace(job, since_tick=time.monotonic() - 75)
    monkeypatch.setattr("pages.train_parts.run_parts.job_of", lambda run: held)
    monkeypatch.setattr("core.jobs.start.see_to", lambda workspace, job: None)
    return made, said[-1].history


def words(app):
    assert not app.exception
    every = [one.value for kind in (app.markdown, app.caption, app.subheader) for one in kind]
    return " ".join(
        [*every, *(str(one.proto) for kind in ("html", "progress", "vega_lite_chart") for one in app.get(kind))]
    )


def test_while_it_goes_on_it_says_since_when_and_at_which_strength(run):
    def page(run_id):
        from pages.train_parts import live

        live.show(run_id)

    shown = words(AppTest.from_function(page, args=(run[0].id,)).run())

    assert re.search(r"running for 1 min \d\d s", shown)
    assert "strength 10, 3 of up to 9" in shown
    assert "epoch " not in shown.lower()


def test_after_its_end_the_best_is_a_strength(run, workspace):
    made, history = run
    measured = {"test_accuracy": 1.0, "test_interval": [0.7, 1.0], "val_accuracy": 1.0, "best_epoch": 3, "epochs": 5}
    rest = {"images_per_second": 9.0, "seconds": 1.0, "parameters": 9, "history": history, "head_strength": 100.0}
    runs.record(workspace, made.id, **measured, **rest)

    def page(run_id):
        from core.train.runs import find_run
        from pages.shared.cached import workspace
        from pages.train_parts import ended

        ended.show(find_run(workspace(), run_id), None)

    shown = words(AppTest.from_function(page, args=(made.id,)).run())

    assert "strength 10, of the lowest validation loss" in shown
    assert "of up to 9" in shown
    assert "Strengths" in shown
    assert "epoch " not in shown.lower()
    assert "epochs" not in shown.lower().replace('"epoch', "")


def test_that_fewer_strengths_may_be_tried_is_said_wherever_they_are_counted(run, workspace, monkeypatch):
    """They end early where freer ones only get worse: a start that promised nine would not be kept."""
    monkeypatch.setattr("pages.train_parts.last_layer.workspace", lambda: workspace)
    made, _ = run
    view = look(workspace, queue.get(workspace, made.id))

    assert "Up to 9 strengths are tried" in last_layer.what_comes(made.config, find(workspace, "few@1"))
    assert "up to 9 from 1 to 10,000" in last_layer.HELP
    assert view.stage == "Strength 3 of up to 9"
    assert (most(1, STRENGTH), most(5)) == ("1", "5")


def test_a_sweep_says_which_strength_a_last_layer_took():
    quick = Result("a", {"seed": 1}, queue.DONE, {"epochs": 5, "head_strength": 100.0})
    fast = Result("b", {"seed": 1}, queue.DONE, {"epochs": 20})
    rows = [sweep_panel._row(Sweep("s", "few@1", {"seed": "1"}, None, None, None, ()), one) for one in (quick, fast)]

    assert rows[0]["Strength"] == "100"
    assert "Epochs" not in rows[0]
    assert rows[1]["Epochs"] == 20


@pytest.mark.parametrize(("strength", "said"), [(None, True), (100.0, False)])
def test_the_verdict_on_validation_names_what_these_images_chose(run, workspace, strength, said):
    config = dataclasses.replace(run[0].config, head_strength=strength)
    learnt = dataclasses.replace(run[0], config=config)
    figures = {"n": 100, "accuracy_ci95": (0.9, 1.0), "baseline_accuracy": 0.5}
    evaluation = Evaluation(learnt.id, "few@1", "val", 0, ("a", "b"), figures)
    asked = Asked(learnt, "few@1", "val", find(workspace, "few@1"))
    answered = SimpleNamespace(evaluation=evaluation, asked=asked)

    caveats = " ".join(verdict._caveats(answered))

    assert ("These images chose the best strength, so the figure flatters a little." in caveats) == said
    assert "epoch" not in caveats

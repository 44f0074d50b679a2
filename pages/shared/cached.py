"""What is read once and shared between visitors. The only user of st.cache_*.

Versions of data sets and evaluations never change, so what is read of them is kept by name and version.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.compute import Helper
from core.data import checks
from core.data.dataset import Dataset, find, read_index, read_left_out
from core.evaluate.evaluation import find_evaluation, read_predictions
from core.predict.predictor import Predictor
from core.train.runs import find_run
from core.workspace import Workspace

INDEX_COLUMNS = ["path", "label", "split", "width", "height", "mode", "size_bytes", "sha256"]
CATEGORIES = ["label", "split", "mode"]


@st.cache_resource
def workspace() -> Workspace:
    """The workspace that this server serves."""
    return Workspace.open()


@st.cache_resource
def helper() -> Helper:
    """The warm helper process."""
    return Helper(workspace().root / "helper.log")


@st.cache_resource(max_entries=3, show_spinner=False)
def index(reference: str) -> pd.DataFrame:
    """The index of `name@version`, without what only core needs. Shared: do not change it."""
    table = read_index(workspace(), find(workspace(), reference), INDEX_COLUMNS)
    return table.astype(dict.fromkeys(CATEGORIES, "category"))


@st.cache_data(max_entries=8, show_spinner=False)
def left_out(reference: str) -> pd.DataFrame:
    """Files that `name@version` left out, with reasons."""
    return read_left_out(workspace(), find(workspace(), reference))


@st.cache_data(max_entries=8, show_spinner=False)
def issues(reference: str) -> list[checks.Issue]:
    """Findings in `name@version`."""
    return checks.check(workspace(), find(workspace(), reference))


@st.cache_resource(max_entries=4, show_spinner=False)
def predictions(run_id: str, reference: str, split: str, made_at: float) -> pd.DataFrame:
    """Answers of a run on a split; `made_at` changes when it was evaluated anew. Shared: do not change it."""
    run = find_run(workspace(), run_id)
    evaluation = find_evaluation(workspace(), run, reference, split)
    return read_predictions(workspace(), run, evaluation)


@st.cache_resource(max_entries=3, show_spinner=False)
def predictor(run_id: str, made_at: float) -> Predictor:
    """The predictor of a run; `made_at` changes when its model was written anew."""
    return Predictor.of_run(workspace(), find_run(workspace(), run_id))


def dataset(reference: str) -> Dataset:
    """The data set of that name or `name@version`, as it is now."""
    return find(workspace(), reference)

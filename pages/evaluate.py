"""Evaluate: how good is it, how sure are we, where does it fail?"""

from __future__ import annotations

from textwrap import shorten

import streamlit as st

from core.errors import DamagedError, NotFoundError
from core.train.runs import Run, has_model, newest_data
from pages.evaluate_parts import (
    asked,
    calibration,
    classes,
    compare_models,
    confusion,
    decide,
    missing,
    mistakes,
    more_data,
    predictions,
    robustness,
    slices,
    verdict,
)
from pages.evaluate_parts.asked import Answered
from pages.shared import cached, edit_bar, frame, links
from pages.shared.cached import workspace
from pages.shared.component import Component
from pages.shared.messages import plain, show_error

TABS = {
    "Confusion": confusion.show,
    "Classes": classes.show,
    "Calibration": calibration.show,
    "Decide": decide.show,
    "Compare": compare_models.show,
    "Slices": slices.show,
    "Robustness": robustness.show,
    "More data?": more_data.show,
    "Mistakes": mistakes.show,
    "Predictions": predictions.show,
}

# On a narrow screen the tabs are wider than it, and Streamlit leaves the open one out of sight.
IN_VIEW = Component(
    "tab_in_view",
    js="""export default function () {
  const tab = document.querySelector(".st-key-tab [role=tab][aria-selected=true]"), list = tab?.closest("[role=tablist]");
  if (!list) return;
  const of_tab = tab.getBoundingClientRect(), of_list = list.getBoundingClientRect();
  list.scrollLeft += of_tab.left - of_list.left - (of_list.width - of_tab.width) / 2;
}""",
)


def main() -> None:
    """Draw the page."""
    frame.header("Evaluate", "How good is it, how sure are we, where does it fail?")
    run_place, data_place, split_place = st.columns([5, 3, 3])
    with run_place:
        run = frame.choose_run()
    if run is None:
        _nothing_yet()
    elif not has_model(workspace(), run):
        frame.tell_without_model(run)
    else:
        _evaluated(run, data_place, split_place)


def _evaluated(
    run: Run, data_place: st.delta_generator.DeltaGenerator, split_place: st.delta_generator.DeltaGenerator
) -> None:
    question = asked.choose(run, data_place, split_place)
    if question.dataset:
        edit_bar.show(question.dataset, follow=False)  # images are relabelled and left out here too
    _lead_to_newest(run, question.reference)
    try:
        answered = asked.find_answers(question)
    except DamagedError as error:  # it can be made again here
        show_error(error)
        answered = None
    if answered is None:
        missing.show(question)
        return
    verdict.show(answered)
    _tabs(answered)
    st.divider()
    verdict.other_figures(answered)


def _lead_to_newest(run: Run, shown: str) -> None:
    """Where its data is another since and `shown`, which it is evaluated on, is not that version: what changed since, and the same training on that version."""
    try:
        newest = newest_data(workspace(), run)
    except NotFoundError:
        return
    if newest.reference in (run.dataset, shown):
        return
    changes = cached.changes(run.dataset, newest.reference)
    if changes == "":
        return
    what = f": {shorten(changes, 160, placeholder=' …')}" if changes else ""
    told = plain(f"Version {newest.version} of its data is newer{what}.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="newer_version"):
        st.caption(f":material/history: {told}", width="content")
        st.page_link(
            links.page("train"),
            label=f"Train on version {newest.version}",
            icon=":material/model_training:",
            query_params={"data": newest.reference, "like": run.id},
            width="content",
        )


def _tabs(answered: Answered) -> None:
    tabs = dict(zip(TABS, st.tabs(list(TABS), key="tab", bind="query-params"), strict=True))
    chosen = next(name for name, tab in tabs.items() if tab.open)
    IN_VIEW.draw("tab_in_view", {"tab": chosen})
    with tabs[chosen]:
        TABS[chosen](answered)


def _nothing_yet() -> None:
    st.write("Nothing was trained yet. Train a classifier, and its figures appear here.")
    st.page_link(links.page("train"), label="Train a classifier", icon=":material/model_training:")


main()

"""What is to be measured, what that will cost here, and the button."""

from __future__ import annotations

import streamlit as st

from core.errors import FoveaError
from core.evaluate.conditions import KINDS_OF_DAMAGE, MOST_IMAGES, Settings
from core.evaluate.measuring import expected_seconds, usual_images
from core.evaluate.moves import MOVES
from core.jobs.robustness import KIND
from core.jobs.start import new_job_id, start
from pages.evaluate_parts.asked import Asked, images_in
from pages.shared import cached, state
from pages.shared.cached import workspace
from pages.shared.messages import count, duration, show_error

BUDGETS = (1, 2, 4, 8, 16, 32, 64, 128)
WORDS = {
    "noise": "Noise",
    "blur": "Blur",
    "weather": "Weather",
    "digital": "Digital",
    **{name: one.title for name, one in MOVES.items()},
}


def once_name(asked: Asked) -> str:
    """Under which the next job's id is remembered, so that two clicks start one."""
    return f"robustness_job_{asked.key}"


def show(asked: Asked) -> None:
    """Draw the settings and the button."""
    there = images_in(asked)
    if not there:
        st.info("There are no images to measure on: the data set was deleted, or the split is empty.")
        return
    model = asked.run.folder(workspace()) / "model.tflite"
    cost = cached.answering_cost(asked.run.id, model.stat().st_mtime)
    left, right = st.columns([1, 3])
    images = left.number_input(
        "Images",
        1,
        min(there, MOST_IMAGES),
        usual_images(cost, there),
        key=f"robust_images_{asked.key}",
        help="Drawn from the split, of each class its share.",
    )
    families = right.pills(
        "Damage",
        KINDS_OF_DAMAGE,
        default=KINDS_OF_DAMAGE,
        selection_mode="multi",
        format_func=WORDS.__getitem__,
        key=f"robust_families_{asked.key}",
    )
    budgets = right.pills(
        "Attacks, in steps of 1/255 a pixel value",
        BUDGETS,
        default=BUDGETS[:4],
        selection_mode="multi",
        key=f"robust_budgets_{asked.key}",
        help="FGSM and PGD change each value by that much at most, in the direction that misleads the model most.",
    )
    if not families and not budgets:
        st.caption("Choose some damage or an attack.")
        return
    settings = Settings(images, tuple(families), tuple(budgets))
    row = st.container(horizontal=True, vertical_alignment="center")
    if row.button(f"Measure on {count(images, 'images', 'image')}", type="primary", key=f"robust_start_{asked.key}"):
        _start(asked, settings)
    row.caption(f"About {duration(expected_seconds(settings, cost))} here.")


def _start(asked: Asked, settings: Settings) -> None:
    job_id = state.once(once_name(asked), lambda: new_job_id(KIND))
    title = f"of {asked.run.title} on {asked.reference}, {asked.split_word}"
    payload = {"run": asked.run.id, "dataset": asked.reference, "split": asked.split, "title": title}
    try:
        start(workspace(), KIND, job_id, **payload, settings=settings.to_json())
    except FoveaError as error:
        show_error(error)
        return
    st.rerun()

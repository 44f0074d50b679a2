"""Where pictures that came one by one are saved: in a new data set, or in the one in hand."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.data.dataset import Dataset
from core.data.shelf import versions
from core.errors import InputError
from core.jobs import start as jobs
from core.workspace import queue
from core.workspace.paths import check_name
from pages.explore_parts import importing
from pages.shared import recorded
from pages.shared.cached import workspace
from pages.shared.messages import count, plain, show_error

NEW = "A new data set"
SHOWN = 5


@dataclass(frozen=True)
class Came:
    """Pictures that came one by one.

    Args:
        token: Their collection's.
        images: How many are to be saved.
        kind: "webcam" or "files".
        came_from: In words: "the webcam".
        label: The class of those that came without one.
    """

    token: str
    images: int
    kind: str
    came_from: str
    label: str = ""


def adds_to(dataset: Dataset | None, key: str, new_set: bool = False) -> Dataset | None:
    """Draw the choice; the data set that the pictures are added to, None for a new one.

    Args:
        new_set: Whether a new one is chosen at first.
    """
    if dataset is None:
        return None
    add = f"Add to {dataset.name}"
    chosen = st.segmented_control(
        "Where they go", [add, NEW], default=NEW if new_set else add, required=True, key=f"{key}_where"
    )
    return dataset if chosen == add else None


def of_this_name(name: str) -> Dataset | None:
    """The newest version of the data set that is called so; None where there is none."""
    every = versions(workspace(), name)
    return every[-1] if every else None


def add_or_replace(there: Dataset, classes: Sequence[str], key: str) -> bool | None:
    """Say that there is a data set of the name, and ask whether to add to it: True, or to let its next version hold nothing
    else: False; None as long as nobody said.

    Args:
        classes: Of what comes.
    """
    new = [label for label in classes if label not in there.classes]
    more = f" {count(len(new), 'classes', 'class')} would be new there: {', '.join(new[:SHOWN])}{'…' * (len(new) > SHOWN)}."
    st.warning(
        plain(
            f"{there.name} is there already, with {count(there.images, 'images', 'image')} in version {there.version}. "
            f"Add to these, or take another name.{more if new else ''}"
        ),
        icon=":material/info:",
    )
    with st.container(horizontal=True):
        if st.button(plain(f"Add to {there.name}"), type="primary", key=f"{key}_append"):
            return True
        only = st.button(
            f"Make version {there.version + 1} of these only",
            key=f"{key}_replace",
            help="What it holds so far stays in its earlier versions; edits of these do not carry over.",
        )
    return False if only else None


def save(came: Came, into: Dataset | None, key: str) -> None:
    """Draw the name, where one is needed, and the button, which begins the job."""
    images = count(came.images, "images", "image")
    with st.form(f"{key}_form", border=False):
        if into is None:
            typed = st.text_input("Name of the data set", max_chars=64, key=f"{key}_name")
            name = unicodedata.normalize("NFC", typed).strip()
            text = f"Save {images} as a data set"
        else:
            name, text = into.name, plain(f"Add {images} to {into.name}")
        if not st.form_submit_button(text, type="primary", disabled=not came.images):
            return
    if into is not None or _is_free(name):
        _begin(came, name, into)


def _is_free(name: str) -> bool:
    try:
        check_name(name)
    except InputError as error:
        show_error(error)
        return False
    if versions(workspace(), name):
        st.warning(plain(f"There is a data set {name} already. Choose another name."), icon=":material/info:")
        return False
    return True


def _begin(came: Came, name: str, into: Dataset | None) -> None:
    payload = {
        "collection": came.token,
        "label": came.label,
        "source": came.kind,
        "came_from": came.came_from,
        "name": name,
        "dataset": into.name if into else None,
        "title": f"{count(came.images, 'images', 'image')} from {came.came_from} to {'' if into else 'the new data set '}{name}",
    }
    job = jobs.start(workspace(), "collect", recorded.job_of(came.token), **payload)
    if job.ended and job.status != queue.DONE:
        queue.requeue(workspace(), job.id, **payload)
        jobs.ensure_supervisor(workspace())
    importing.begun(job)

"""The dialog that renames and merges classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from core.data.dataset import Dataset
from core.data.edits import Edit, MergeClasses, RenameClass
from core.errors import InputError
from pages.shared import edit_pending, state
from pages.shared.messages import plain, show_error


def open_classes(dataset: Dataset, parts: Sequence[str] = ()) -> None:
    """Open the dialog; to merge `parts` into the largest of them, where there are any."""
    _classes(dataset, state.opening(), parts)


@st.dialog("Classes")
def _classes(dataset: Dataset, opening: int, alike: Sequence[str]) -> None:
    """Rename one class, or make several one."""
    classes = edit_pending.classes(dataset)
    alike = [name for name in alike if name in classes]
    largest = max(alike, key=lambda name: dataset.per_class.get(name, 0), default=None)
    rename, merge = st.tabs(["Rename", "Merge"], default="Merge" if alike else "Rename")
    with rename:
        old = st.selectbox("Class", classes, key=f"explore_rename_old_{opening}")
        new = st.text_input("New name", key=f"explore_rename_new_{opening}").strip()
        if new in classes and new != old:
            st.caption(f"There is a class {plain(new)} already. Merge them instead.")
        fits = bool(new) and new not in classes
        if st.button("Rename this class", type="primary", disabled=not fits, key="explore_rename_class"):
            _add(dataset, lambda: RenameClass(old, new))
    with merge:
        parts = st.multiselect("Classes to merge", classes, alike, key=f"explore_merge_classes_{opening}")
        into = st.selectbox(
            "Into",
            classes,
            index=classes.index(largest) if largest else None,
            placeholder="Choose a class, or type a new one",
            accept_new_options=True,
            key=f"explore_merge_into_{opening}",
        )
        merged = tuple(name for name in parts if name != into)
        fits = bool(into and into.strip()) and bool(merged)
        if st.button("Merge these classes", type="primary", disabled=not fits, key="explore_merge"):
            _add(dataset, lambda: MergeClasses(merged, str(into)))
    st.caption(
        "Nothing changes until you save. Older runs are judged on a renamed class as before; merged classes they know only by "
        "a name that they learnt."
    )


def _add(dataset: Dataset, make: Callable[[], Edit]) -> None:
    try:
        edit_pending.add(dataset, make())
    except InputError as error:
        show_error(error)
        return
    st.rerun()

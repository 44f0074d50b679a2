"""What a source would become, before it is taken: classes and splits, and how it is read where there is a choice."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.data.sources import Reading
from core.data.sources.outline import Outline
from core.data.sources.zip_names import ENCODINGS
from core.errors import SourceError
from pages.shared import cached, state
from pages.shared.messages import count, plain, show_error

CLASS_FROM = {"first": "First folder", "path": "Whole path", "last": "Last folder"}
AS_THEY_ARE = ""
CLASSES, FILES = 12, 3


def show(
    source: str, called: str, key: str, like: Dataset | None = None, below: tuple[str, ...] | None = None
) -> Reading | None:
    """Draw what `source` holds and the choices that there are; None where nothing of it can be taken.

    Args:
        called: Its name for people, where its file has another.
        like: The data set of its name, which is read in the same way unless somebody chooses else.
        below: The folders that it must lie in.
    """
    usual = (like.source.get("class_from") if like else None) or "path"
    chosen = Reading(state.get(f"{key}_class_from", usual), state.get(f"{key}_zip_names", AS_THEY_ARE))
    try:
        with st.spinner("Looking at what is in it"):
            found = cached.outline(source, called, chosen, below)
            unasked = cached.outline(source, called, Reading(), below)
    except SourceError as error:
        show_error(error)
        return None
    if found is None or unasked is None:  # arrays, whose labels say all
        return Reading()
    doubtful = unasked.might_be
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(found.sentence())}**, counted by their names")
        st.caption(plain(_classes(found)))
        if found.nested or chosen.class_from != "path":
            st.segmented_control(
                "The class is named by",
                list(CLASS_FROM),
                default=usual,
                required=True,
                format_func=CLASS_FROM.__getitem__,
                help="Of the folders above an image, those of its split and those that wrap all others apart.",
                key=f"{key}_class_from",
            )
        if doubtful is not None:
            st.selectbox(
                "Names in the archive are in an unknown encoding",
                [AS_THEY_ARE, *doubtful],
                format_func=lambda one: f"{ENCODINGS[one][0]}: {doubtful[one]}" if one else "As the format says",
                key=f"{key}_zip_names",
            )
        _accounts(found)
    return chosen if found.nested or doubtful is not None else Reading()


def _classes(found: Outline) -> str:
    shown = [f"{label} {images:,}" for label, images in list(found.per_class.items())[:CLASSES]]
    more = f" and {len(found.per_class) - CLASSES:,} more" if len(found.per_class) > CLASSES else ""
    return f"{', '.join(shown)}{more}. {found.what_follows()}"


def _accounts(found: Outline) -> None:
    st.caption("No file is opened yet: one that cannot be read is left out, with the reason, as it is added.")
    if found.others:
        files = count(found.others, "other files in the class folders do", "other file in the class folders does")
        st.caption(f"{files} not look like a picture.")
    if found.ignored:
        st.caption(f"{count(found.ignored, 'hidden or system files', 'hidden or system file')} ignored.")
    if found.left_out:
        first = "\n".join(f"{path}: {reason}" for path, reason in found.left_out[:FILES])
        more = f"\nand {len(found.left_out) - FILES:,} more" if len(found.left_out) > FILES else ""
        files = count(len(found.left_out), "files", "file")
        st.caption(f":material/info: {files} left out:  \n{plain(first + more)}")

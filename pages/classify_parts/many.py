"""Many pictures: the doubtful first, those that cannot be read with the reason, and all of it as a CSV."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import images
from core.predict.predictor import Prediction
from core.spreadsheet import safe_csv
from pages.classify_parts import one
from pages.classify_parts.answers import Model, answer_many
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import count, percent, plain
from pages.shared.pictures import data_url

REASONS_SHOWN = 10


def show(model: Model, files: Sequence[UploadedFile]) -> None:
    """Answer all of `files`, whatever is wrong with some."""
    answers = answer_many(model, files)
    good = sorted(
        (file for file in files if answers[file.file_id].error is None),
        key=lambda file: (not answers[file.file_id].withheld, answers[file.file_id].probability or 0.0),
    )
    bad = [answers[file.file_id] for file in files if answers[file.file_id].error is not None]
    _unreadable(bad)
    if not good:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        withheld = sum(answers[file.file_id].withheld for file in good)
        unknown = f', "I don\'t know" to {count(withheld)} of them' if withheld else ""
        st.markdown(f"{count(len(good), 'pictures', 'picture')}{unknown}, the most doubtful first")
        st.download_button(
            "Download as CSV",
            lambda: csv_of([answers[file.file_id] for file in files]),
            "predictions.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    part = good[page_of(len(good), "page_classified")]
    clicked = gallery([_tile(file, answers[file.file_id]) for file in part], "tiles_classified", 124, captions=True)
    found = next((file for file in part if file.file_id == clicked), None)
    if found:
        st.dialog(plain(found.name), width="medium")(one.show)(model, found.getvalue(), found.name, "dialog")


def csv_of(answers: Sequence[Prediction]) -> bytes:
    """One line a picture, in the order of the upload: path, label, probability, error, withheld. Safe in a spreadsheet."""
    return safe_csv(
        pd.DataFrame(
            {
                "path": [answer.path for answer in answers],
                "label": [answer.label or "" for answer in answers],
                "probability": pd.array([answer.probability for answer in answers], dtype="Float64"),
                "error": [answer.error or "" for answer in answers],
                "withheld": [answer.withheld for answer in answers],
            }
        )
    )


def _tile(file: UploadedFile, answer: Prediction) -> Tile:
    small = images.thumbnail(images.decode(file.getvalue(), file.name))
    caption = f"{answer.label} · {percent(answer.probability)}"
    if answer.withheld:
        return Tile(file.file_id, data_url(small), f"I don't know · likeliest {caption}", badge="?")
    return Tile(file.file_id, data_url(small), caption)


def _unreadable(bad: Sequence[Prediction]) -> None:
    if not bad:
        return
    lines = [f"- {plain(answer.error or '')}" for answer in bad[:REASONS_SHOWN]]
    if len(bad) > REASONS_SHOWN:
        lines.append(f"- and {len(bad) - REASONS_SHOWN} more; the CSV lists them all")
    head = f"{count(len(bad), 'files', 'file')} could not be read; the rest is answered."
    st.warning("\n".join([head, "", *lines]), icon=":material/info:")

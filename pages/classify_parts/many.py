"""Many pictures: the doubtful first, those that cannot be read with the reason, and all of it as a CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core import images
from core.evaluate.class_threshold import ClassThreshold
from core.predict.predictor import Prediction
from core.predict.table import csv_of
from pages.classify_parts import one
from pages.classify_parts.answers import Model, answer_many, say_what_it_cannot_tell
from pages.shared.gallery import Tile, gallery, page_of
from pages.shared.messages import count, percent, plain
from pages.shared.pictures import data_url

REASONS_SHOWN = 10
DOUBTFUL, UNLIKE = "The most doubtful first", "The most unlike first"
ORDERS: dict[str, Callable[[Prediction], tuple[bool | float, ...]]] = {
    DOUBTFUL: lambda answer: (not (answer.withheld or answer.unlike), answer.probability or 0.0),
    UNLIKE: lambda answer: (-(answer.distance or 0.0),),
}


def show(model: Model, files: Sequence[UploadedFile]) -> None:
    """Answer all of `files`, whatever is wrong with some."""
    answers = answer_many(model, files)
    good = [file for file in files if answers[file.file_id].error is None]
    bad = [answers[file.file_id] for file in files if answers[file.file_id].error is not None]
    _unreadable(bad)
    if not good:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        ordered = "" if model.predictor.tells_unlike else ", the most doubtful first"
        st.markdown(_summary([answers[file.file_id] for file in good], model.predictor.of_class) + ordered)
        order = _order(model)
        st.download_button(
            "Download as CSV",
            lambda: csv_of([answers[file.file_id] for file in files], model.predictor.labels, model.run.id),
            "predictions.csv",
            "text/csv",
            icon=":material/download:",
            help='Read `withheld` first: where it is True the answer is "I don\'t know", and `label` what it would have been.',
            on_click="ignore",
        )
    say_what_it_cannot_tell(model)
    good.sort(key=lambda file: ORDERS[order](answers[file.file_id]))
    part = good[page_of(len(good), "page_classified")]
    clicked = gallery([_tile(file, answers[file.file_id]) for file in part], "tiles_classified", 124, captions=True)
    found = next((file for file in part if file.file_id == clicked), None)
    if found:
        st.dialog(plain(found.name), width="medium")(one.show)(model, found.getvalue(), found.name, "dialog")


def _summary(answers: Sequence[Prediction], of_class: ClassThreshold | None) -> str:
    said = [count(len(answers), "pictures", "picture")]
    withheld, unlike = sum(answer.withheld for answer in answers), sum(bool(answer.unlike) for answer in answers)
    both = sum(answer.withheld and bool(answer.unlike) for answer in answers)
    decided = sum(answer.by_class_threshold for answer in answers)
    said += [f'"I don\'t know" to {count(withheld)} of them'] if withheld else []
    overlapping = f" ({count(both, 'are', 'is')} both)" if both else ""
    said += [f"{count(unlike)} marked as unlike its training images{overlapping}"] if unlike else []
    said += [f"{count(decided)} decided by the threshold of {plain(of_class.label)}"] if of_class and decided else []
    return ", ".join(said)


def _order(model: Model) -> str:
    if not model.predictor.tells_unlike:
        return DOUBTFUL
    return st.selectbox("Order", list(ORDERS), label_visibility="collapsed", key="classify_order", width=240)


def _tile(file: UploadedFile, answer: Prediction) -> Tile:
    decoded = images.decode(file.getvalue(), file.name)
    caption = f"{answer.label} · {percent(answer.probability)}"
    if answer.withheld:
        caption = f"I don't know · likeliest {answer.predicted} · {percent(answer.top[0][1])}"
    elif answer.refused:
        caption = f"not {answer.refused} · only {percent(answer.top[0][1])}"
    if answer.unlike:
        caption += " · unlike its data"
    if decoded.info["transparent"]:
        caption += " · transparent, on white"
    marks = {"unlike": answer.unlike, "?": answer.withheld, "threshold": answer.by_class_threshold}
    return Tile(
        file.file_id,
        data_url(images.thumbnail(decoded)),
        caption,
        badge=next((mark for mark, holds in marks.items() if holds), ""),
    )


def _unreadable(bad: Sequence[Prediction]) -> None:
    if not bad:
        return
    lines = [f"- {plain(answer.error or '')}" for answer in bad[:REASONS_SHOWN]]
    if len(bad) > REASONS_SHOWN:
        lines.append(f"- and {len(bad) - REASONS_SHOWN} more; the CSV lists them all")
    head = f"{count(len(bad), 'files', 'file')} could not be read; the rest is answered."
    st.warning("\n".join([head, "", *lines]), icon=":material/info:")

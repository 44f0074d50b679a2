"""One picture and its answer, large."""

from __future__ import annotations

import streamlit as st

from core import images
from core.errors import ImageError
from core.predict.predictor import Prediction
from pages.classify_parts.answers import Answer, Model, answer_one, say_what_it_cannot_tell
from pages.shared import links
from pages.shared.charts import probability_bars
from pages.shared.messages import percent, plain, show_error
from pages.shared.pictures import crisp

SHOWN_AT_LEAST = 640
SEEN_SIDE = 224
ON_WHITE = "What is transparent in it lies on white, as in training."
UNLIKE, WITHHELD = "Unlike its training images", "I don't know"
WHY_UNLIKE = (
    "Of images like those that it learnt from, 19 of 20 are closer to them than this one. It knows its own classes only, and "
    "none of them may be right, however sure it is."
)
SEEN = {
    "crop": "the centre square of the picture, since it takes squares only",
    "pad": "the whole picture, padded with white, since it takes squares only",
    "stretch": "the whole picture, stretched, since it takes squares only",
}


def show(model: Model, data: bytes, name: str, key: str, picture: bool = True) -> None:
    """The picture (unless it is on the page already), the answer, what the model saw.

    Args:
        key: Tells its widgets from those of other pictures.
    """
    try:
        answer = answer_one(model, data, name)
    except ImageError as error:
        show_error(error)
        return
    if not picture:
        _answer(model, answer, key)
        return
    left, right = st.columns([5, 6], gap="medium")
    decoded = images.decode(data, name, at_least=SHOWN_AT_LEAST)
    left.container(key="classified").image(crisp(decoded), width="stretch", alt=name)
    left.caption(plain(name))
    if decoded.info["transparent"]:
        left.write(ON_WHITE)
    with right:
        _answer(model, answer, key)


def _answer(model: Model, answer: Answer, key: str) -> None:
    prediction = answer.prediction
    name = f"not {prediction.refused}" if prediction.refused else prediction.label or ""
    how_sure = _how_sure(model, prediction)
    if prediction.unlike:  # read first: it puts all that follows in doubt
        st.title(UNLIKE, anchor=False)
        if not prediction.withheld:
            st.markdown(f"It answers **{plain(name)}**{how_sure}.")
        st.warning(WHY_UNLIKE, icon=":material/warning:")
    if prediction.withheld:
        if not prediction.unlike:
            st.title(WITHHELD, anchor=False)
        least = percent(model.predictor.threshold)
        st.markdown(f"It would have said **{plain(name)}**{how_sure}; it answers from {least} on.")
        st.page_link(
            links.page("evaluate"),
            label="The rule",
            icon=":material/rule:",
            query_params={"run": model.run.id, "tab": "Decide"},
        )
    elif not prediction.unlike:
        st.title(plain(f"Not {prediction.refused}" if prediction.refused else name), anchor=False)
        st.markdown(how_sure.lstrip(": ") + "." * prediction.by_class_threshold)
    if not prediction.unlike:
        say_what_it_cannot_tell(model)
    probability_bars(prediction.top, f"bars_{key}")
    height, width, channels = answer.seen.shape
    st.image(crisp(images.from_array(answer.seen), SEEN_SIDE), width=SEEN_SIDE, alt="What the model saw")
    st.caption(
        f"What the model saw: {SEEN[model.predictor.fit]}; {width} × {height} pixels, "
        f"{'grey' if channels == 1 else 'colour'}. Read and answered in {_milliseconds(answer.seconds)}."
    )


def _how_sure(model: Model, prediction: Prediction) -> str:
    """What follows the answer: its probability, and where the threshold of a class decided, how."""
    share, rule = f" with **{percent(prediction.probability)}**", model.predictor.of_class
    if rule is None or not prediction.by_class_threshold:
        return share
    name, least = plain(rule.label), percent(rule.threshold, 2)
    likeliest, top_share = prediction.top[0]
    if prediction.refused:
        return (
            f": {name} is likeliest with **{percent(top_share)}**, but the threshold chosen on Evaluate says it from {least} "
            f"on only. The likeliest other is {plain(prediction.label or '')}{share}"
        )
    return f"{share}: {plain(likeliest)} is likelier, but the threshold chosen on Evaluate says {name} from {least} on"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.001 else "under 1 ms"

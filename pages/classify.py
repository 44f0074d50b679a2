"""Classify: try it."""

from __future__ import annotations

import streamlit as st

from core.errors import FoveaError, NotFoundError
from core.evaluate import class_threshold
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.evaluation import find_evaluation
from core.evaluate.resolution import together, too_few
from core.evaluate.rule import find_rule
from core.evaluate.untested import weakest_words
from core.train.runs import Run, has_model
from pages.classify_parts import many, one
from pages.classify_parts.answers import Model, in_words, model_of
from pages.shared import cached, camera, frame, links, state
from pages.shared.cached import workspace
from pages.shared.messages import count, percent, percent_with_interval, plain, show_error

UPLOAD, CAMERA = "Upload", "Camera"
ICONS = {UPLOAD: ":material/upload:", CAMERA: ":material/photo_camera:"}
EMPTIED = "classify_emptied"  # how often the list of files was


def main() -> None:
    """Draw the page."""
    frame.header("Classify", "Try it: give a trained model a picture, and see what it says.")
    run = frame.choose_run()
    if run is None:
        _nothing_yet()
        return
    if not has_model(workspace(), run):
        frame.tell_without_model(run)
        return
    model = model_of(run)
    _how_good(run)
    st.caption(plain(_what_it_knows(model)))
    _what_it_keeps_to(model)
    if _way() == UPLOAD:
        _upload(model)
    else:
        _camera(model)


def _way() -> str:
    wanted = (state.here("by") or "").capitalize()
    way = st.segmented_control(
        "Where the picture comes from",
        [UPLOAD, CAMERA],
        default=wanted if wanted in ICONS else UPLOAD,
        required=True,
        format_func=lambda name: f"{ICONS[name]} {name}",
        label_visibility="collapsed",
        key="classify_by",
    )
    state.set_here("by", None if way == UPLOAD else way.lower())
    return way


def _upload(model: Model) -> None:
    files = st.file_uploader(
        "Pictures: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF",
        accept_multiple_files=True,
        key=f"classify_files_{state.get(EMPTIED, 0)}",
    )
    if files:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            these = f"these {len(files):,}" if len(files) > 1 else "this one"
            st.caption(f"Pictures that you add now come beside {these}.", width="content")
            st.button("Begin anew", icon=":material/close:", type="tertiary", key="classify_empty", on_click=_empty)
    if len(files) == 1:
        one.show(model, files[0].getvalue(), files[0].name, "upload")
    elif files:
        many.show(model, files)


def _empty() -> None:
    """An uploader under another key has no files."""
    state.put(EMPTIED, state.get(EMPTIED, 0) + 1)


def _camera(model: Model) -> None:
    if not camera.offered(instead="upload a picture"):
        return
    left, right = st.columns([5, 6], gap="large")
    taken = left.camera_input("Take a picture", key="classify_camera")
    with right:
        if taken is None:
            st.caption("The answer appears here. The picture goes to this server only and is not kept.")
        else:
            one.show(model, taken.getvalue(), "The picture", "camera", picture=False)


def _how_good(run: Run) -> None:
    """The accuracy on the test images as Evaluate has it, and what decisions in use make of it; nothing where none is kept."""
    try:
        found = find_evaluation(workspace(), run, run.dataset, "test")
        decided = _as_decided(run)
    except NotFoundError:
        return
    except FoveaError as error:
        show_error(error)
        return
    figures = found.figures
    right = percent_with_interval(figures["accuracy"], figures["accuracy_ci95"])
    doubt = f", which is {found.doubt}" if found.doubt else ""
    on = f"On {count(figures['n'], 'test images', 'test image')}"
    said = f"{on}, {decided} {right} are right{doubt}." if decided else f"{on} it names {right} right{doubt}."
    if weakest := weakest_words(figures):
        said += f" {weakest[0].upper()}{weakest[1:]}."
    if too_few(figures):
        said += f" {together(figures) or 'These are too few to rely on.'}"
    st.write(plain(said))


def _as_decided(run: Run) -> str:
    """What the rule and the threshold of a class that are in use give on the test images, up to "without …"; "" with none."""
    rule, of_class = find_rule(workspace(), run), class_threshold.find(workspace(), run)
    used = ["its rule"] if rule and rule.threshold else []
    other = ""
    if of_class:
        used.append(f"the threshold of {of_class.label}")
        other = f' ("not {of_class.label}" counts as the likeliest other class)'
    if not used:
        return ""
    given = cached.kept_to(run.id, run.dataset, "test", temperature_in_use(workspace(), run), rule, of_class)
    if given.error_interval is None:
        said = "it answers none"
    else:
        low, high = given.error_interval
        right = percent_with_interval(1 - given.wrong / given.answered, (1 - high, 1 - low))
        said = f"it names {right} right"
        if given.answered < given.images:
            answered = percent_with_interval(given.coverage, given.coverage_interval)
            said = f"it answers {answered}, and of these answers {right} are right"
    return f"with {' and '.join(used)} {said}{other}; without {'them' if len(used) > 1 else 'it'}"


def _what_it_knows(model: Model) -> str:
    colour = "grey" if model.predictor.channels == 1 else "colour"
    size = model.predictor.size
    said = f"It knows {in_words(model.predictor.labels)}. It sees {size} × {size} pixels, {colour}."
    if model.predictor.tells_unlike:
        said += (
            " It marks pictures that look unlike its training images: about 1 in 20 good ones are marked by mistake, and "
            "many pictures of other things may go unmarked."
        )
    elif model.predictor.unlike_reason:
        said += f" It cannot tell what is unlike its data: {model.predictor.unlike_reason}."
    return said


def _what_it_keeps_to(model: Model) -> None:
    said = []
    if model.predictor.temperature != 1:
        said.append(f"Probabilities are calibrated (temperature {model.predictor.temperature:.2f}).")
    if model.rule:
        when = f'says "I don\'t know" under {percent(model.rule.threshold)}' if model.rule.threshold else "answers all"
        surely = f"with {percent(model.rule.certainty, 0)} confidence and for pictures like its validation images"
        said.append(f"It {when}: {surely}, at most {percent(model.rule.error_rate, None)} of its answers are wrong.")
    if of_class := model.predictor.of_class:
        beyond = ", also where it would not know: of these answers more may be wrong" if model.rule else ""
        least = percent(of_class.threshold, 2)
        said.append(f"It says {of_class.label} from a probability of {least} on{beyond}.")
        said.append(f'Where {of_class.label} is likeliest with less, it says "not {of_class.label}".')
    if not said:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(plain(" ".join(said)), width="content")
        st.page_link(
            links.page("evaluate"),
            label="On Evaluate",
            query_params={"run": model.run.id, "tab": "Decide" if model.rule or of_class else "Calibration"},
        )


def _nothing_yet() -> None:
    st.write("Nothing was trained yet. One click on Home trains a model on handwritten digits; then try it here.")
    st.page_link(links.page("home"), label="Train on handwritten digits", icon=":material/home:")


main()

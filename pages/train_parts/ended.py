"""A run that has ended: what came of it, and the ways on."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import InputError, NotFoundError
from core.evaluate.generalisation import only_its_training_images
from core.evaluate.untested import no_image_of
from core.jobs.start import ensure_supervisor
from core.jobs.watch import history, look
from core.predict import takeaway
from core.train import runs
from core.train.moments import EPOCH, STRENGTH, most
from core.train.runs import Run
from core.workspace import queue
from core.workspace.queue import Job
from pages.shared import links, state
from pages.shared.cached import accuracy_doubt, val_interval, workspace
from pages.shared.charts import palette
from pages.shared.messages import ago, count, duration, percent, plain, show_error
from pages.train_parts import last_layer, run_parts

# Links that look like the buttons beside them; the first is the next step.
LINK_CSS = """<style>
.st-key-next_steps a {{ border: 1px solid {line}; min-height: 40px; padding: 4px 12px; margin: 0; }}
.st-key-next_steps .stElementContainer:first-child a {{ background: {accent}; border-color: {accent}; }}
.st-key-next_steps .stElementContainer:first-child a * {{ color: {ground} !important; }}
</style>"""


def show(run: Run, job: Job | None) -> None:
    """Draw a run that has ended."""
    has_model = "test_accuracy" in run.figures
    status = job.status if job else (queue.DONE if has_model else queue.INTERRUPTED)
    with st.container(horizontal=True, vertical_alignment="center", key="ended_head"):
        run_parts.title(run, status, f"begun {ago(run.created_at)}")
        run_parts.new_training()
    cause = plain(job.cause) if job else "Nothing is known of its training any more."
    if status == queue.FAILED:
        st.error(f"The training failed. {cause}", icon=":material/error:")
    elif status == queue.INTERRUPTED:
        st.warning(f"The training was interrupted. {cause}", icon=":material/power_off:")
    elif status == queue.STOPPED and has_model:
        st.markdown("Stopped. The best weights so far are kept and evaluated.")
    elif status == queue.STOPPED:
        nothing = "a model" if cause else "anything to keep"
        st.markdown(f"Stopped before there was {nothing}. {cause}".strip())
    if note := run.figures.get("note"):
        st.info(plain(note), icon=":material/info:")
    _actions(run, job, has_model)
    if has_model:
        _ended_figures(run)
        if doubt := accuracy_doubt(run):
            st.caption(plain(f"Test accuracy: {doubt}."))
        if lacks := no_image_of(run.figures.get("untested", [])):
            st.caption(
                plain(
                    f"Test accuracy: {lacks}, so it says nothing about {'it' if len(run.figures['untested']) == 1 else 'them'}."
                )
            )
    epochs = run.figures.get("history") or (history(workspace(), look(workspace(), job)) if job else [])
    if epochs:
        run_parts.draw_curves(run, job, epochs, len(epochs), None, "ended")
    if said := only_its_training_images(workspace(), run):
        st.info(plain(said), icon=":material/info:")
    if job:
        run_parts.log(run, job, expanded=status == queue.FAILED)


def _actions(run: Run, job: Job | None, has_model: bool) -> None:
    colours = palette()
    st.html(LINK_CSS.format(line=colours.line, accent=colours.accent, ground=colours.ground))
    with st.container(horizontal=True, vertical_alignment="center", key="next_steps"):
        if has_model:
            st.page_link(
                links.page("evaluate"),
                label="Evaluate it",
                icon=":material/query_stats:",
                query_params={"run": run.id},
                width="content",
            )
            st.page_link(
                links.page("classify"),
                label="Try it",
                icon=":material/photo_camera:",
                query_params={"run": run.id},
                width="content",
            )
            lacks = takeaway.missing(workspace(), run)
            st.download_button(
                "Download the model",
                lambda: takeaway.zipped(workspace(), run),
                f"{run.id}.zip",
                "application/zip",
                icon=":material/download:",
                help=f"{' and '.join(lacks)} of it {'are' if lacks[1:] else 'is'} missing in its folder. Restore what was there, or train again."
                if lacks
                else "A zip of model.tflite, model.keras, the class names and a program of a few lines that uses them.",
                disabled=bool(lacks),
                on_click="ignore",
            )
        if (
            job
            and job.status in (queue.STOPPED, queue.FAILED, queue.INTERRUPTED)
            and st.button(
                "Resume",
                icon=":material/resume:",
                type="secondary" if has_model else "primary",
                help="Embeds what is not embedded yet."
                if run.config.trainable == "head"
                else "Goes on from where it was, 15 seconds before its end at most.",
            )
        ):
            _resume(run)
        newest = _newest_data(run)
        if newest and has_model and run.config.trainable != "head":
            further = st.button(
                "Train further",
                icon=":material/fast_forward:",
                help="A new run that begins with the weights of this one.",
            )
            if further:
                _to_form(run, run.dataset, goes_on=True)
        on = f" on version {newest.version}" if newest and newest.reference != run.dataset else ""
        if newest and st.button(f"Train again with these settings{on}", icon=":material/replay:"):
            _to_form(run, newest.reference, goes_on=False)
    if newest is None:
        st.caption(plain(f"It cannot be trained again: {run.dataset}, which it learnt from, was deleted."))


def _newest_data(run: Run) -> Dataset | None:
    try:
        return runs.newest_data(workspace(), run)
    except NotFoundError:
        return None


def _to_form(run: Run, reference: str, goes_on: bool) -> None:
    state.set_parameter("data", reference)
    state.set_here("run", None)
    state.set_here("like", run.id)
    state.set_here("further", run.id if goes_on else None)
    st.rerun()


def _resume(run: Run) -> None:
    try:
        if queue.get(workspace(), run.id).ended:  # else a second click
            runs.resume(workspace(), run)
    except InputError as error:
        show_error(error)
        return
    ensure_supervisor(workspace())
    st.rerun()


def _ended_figures(run: Run) -> None:
    figures = run.figures
    low, high = figures["test_interval"]
    named = last_layer.names(run.config)
    run_parts.figures(
        [
            (
                "Test accuracy",
                percent(figures["test_accuracy"]),
                f"{low * 100:.1f} to {high * 100:.1f} with 95 % confidence",
            ),
            (
                "Validation accuracy",
                percent(figures["val_accuracy"]),
                f"{_validation_interval(run)}{last_layer.place(named, figures['best_epoch'])}{_of_a_part(run)}",
            ),
            ("Strengths" if named else "Epochs", *_how_far(run)),
            ("Images a second", count(round(figures["images_per_second"])), "the last layer alone" if named else ""),
            ("Duration", duration(figures["seconds"]), ""),
            ("Parameters", count(figures["parameters"]), ""),
        ]
    )


def _validation_interval(run: Run) -> str:
    interval = val_interval(run)
    return f"{interval[0] * 100:.1f} to {interval[1] * 100:.1f}; " if interval else ""


def _whole(run: Run) -> list[bool]:
    """Of each epoch whether it was trained to its end, not stopped within; of old runs nobody knows it."""
    return [bool(epoch.get("whole", True)) for epoch in run.figures.get("history") or [{}] * run.figures["epochs"]]


def _how_far(run: Run) -> tuple[str, str]:
    whole = _whole(run)
    unit = STRENGTH if last_layer.names(run.config) else EPOCH
    return str(sum(whole)), f"of {most(run.config.epochs or 0, unit)}" + (
        "" if all(whole) else ", stopped within the next"
    )


def _of_a_part(run: Run) -> str:
    is_whole = _whole(run)[run.figures["best_epoch"] - 1]
    return ", of the lowest validation loss" if is_whole else ", stopped within it"

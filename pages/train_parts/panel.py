"""One run: how far it is, what came of it, what can be done with it. Everything is read from its folder and the queue."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from core.errors import InputError, NotFoundError
from core.jobs.start import ensure_supervisor
from core.jobs.watch import View, course, device, history, log_tail, look
from core.train import runs
from core.train.presets import PRESETS
from core.train.runs import Run
from core.workspace import queue
from core.workspace.paths import folder_size_bytes
from core.workspace.queue import Job
from pages.shared import links, state
from pages.shared.cached import devices, workspace
from pages.shared.charts import palette
from pages.shared.messages import ago, count, duration, percent, plain, show_error, size
from pages.train_parts import curves, last_layer, pending

STOPPING = "stopping"
BADGES = {
    queue.QUEUED: (":material/hourglass_top:", "gray"),
    queue.RUNNING: (":material/play_circle:", "primary"),
    STOPPING: (":material/stop_circle:", "gray"),
    queue.DONE: (":material/check_circle:", "green"),
    queue.FAILED: (":material/error:", "red"),
    queue.STOPPED: (":material/stop_circle:", "gray"),
    queue.INTERRUPTED: (":material/power_off:", "orange"),
}
# What is drawn anew every second is never faded out meanwhile.
CALM_CSS = "<style>[data-stale='true'] { opacity: 1 !important; }</style>"
# Links that look like the buttons beside them; the first is the next step.
LINK_CSS = """<style>
.st-key-next_steps a {{ border: 1px solid {line}; min-height: 40px; padding: 4px 12px; margin: 0; }}
.st-key-next_steps .stElementContainer:first-child a {{ background: {accent}; border-color: {accent}; }}
.st-key-next_steps .stElementContainer:first-child a * {{ color: {ground} !important; }}
</style>"""
FIGURES_CSS = """<style>
.figures { display: flex; flex-wrap: wrap; gap: 6px 36px; margin: 0 !important; padding: 0 !important; }
.figures div { min-width: 0; } .figures dt { font-size: 13px; opacity: .75; font-weight: 400; }
.figures dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.35; }
.figures small { font-size: 13px; font-weight: 400; opacity: .75; }
</style>"""


def show(run_id: str) -> None:
    """Draw the run of that id, or the import that is about to begin it."""
    try:
        run = runs.find_run(workspace(), run_id)
    except NotFoundError as error:
        if not pending.show(run_id):
            show_error(error)
        _new_training()
        return
    state.set_parameter("run", run.id)
    job = _job(run)
    if job and not job.ended:
        _live(run.id)
    else:
        _ended(run, job)
    _about(run, job)


def status_of(job: Job) -> str:
    """The job's status, or "stopping" where it was asked to stop and has not yet."""
    if job.status == queue.RUNNING and queue.stop_requested(workspace(), job):
        return STOPPING
    return job.status


def _job(run: Run) -> Job | None:
    try:
        return queue.get(workspace(), run.id)
    except NotFoundError:
        return None


@st.fragment(run_every=1.0)
def _live(run_id: str) -> None:
    run = runs.find_run(workspace(), run_id)
    job = _job(run)
    if job is None or job.ended:
        st.rerun()
    st.html(CALM_CSS)
    view = look(workspace(), job)
    status = status_of(job)
    since = f"queued {ago(job.queued_at)}" if job.started_at is None else f"started {ago(job.started_at)}"
    with st.container(horizontal=True, vertical_alignment="center", key="live_head"):
        _title(run, status, since)
        if st.button("Stop", icon=":material/stop:", key="stop", disabled=status == STOPPING):
            queue.request_stop(workspace(), run_id)
            st.rerun()
        _new_training()
    _progress(run, view, status)
    if view.training or status == queue.RUNNING:
        _live_figures(run, view)
    epochs = history(workspace(), view)
    if epochs or view.training:
        moment = view.training if view.stage.startswith("Epoch") else None
        _curves(run, job, epochs, run.config.epochs or 1, moment, "live")
    _log(job, expanded=False)


def _curves(run: Run, job: Job | None, epochs: list[dict], places: int, moment: dict | None, key: str) -> None:
    named = last_layer.names(run.config)
    if named and len(named) == 1:
        return  # a single strength is no curve
    within = course(workspace(), job) if job and not named and places <= curves.FEW_EPOCHS else []
    curves.draw(epochs, places, None if named else moment, key, named, within)


def _progress(run: Run, view: View, status: str) -> None:
    if status == queue.QUEUED:
        ahead = _ahead_of(view.job)
        words = "It starts next." if not ahead else f"{count(ahead, 'trainings', 'training')} before it."
        st.info(f"Waiting in the queue. {words}", icon=":material/hourglass_top:")
        return
    if status == STOPPING:
        kept = (
            "what is embedded is kept"
            if run.config.trainable == "head" and not view.training
            else "the best weights are kept, and what there is gets evaluated"
        )
        st.info(f"Stopping: {kept}.", icon=":material/stop_circle:")
    moment = view.training
    named = last_layer.names(run.config)
    if moment and named and view.stage.startswith("Epoch"):
        at = f"{last_layer.place(named, moment['epoch'])}, {moment['epoch']} of {len(named)}"
        st.progress(_share(view.fraction), f"Learning the last layer: {at}")
    elif moment and view.stage.startswith("Epoch"):
        left = f" · {duration(view.seconds_left)} left" if view.seconds_left is not None else ""
        st.progress(_share(view.fraction), f"Whole run: {percent(view.fraction, 0)}{left}")
        steps = f"{moment['step']:,} of {moment['steps']:,} steps"
        st.progress(_share(view.unit_fraction), f"{view.stage}: {steps}")
    else:
        left = f" · {duration(view.seconds_left)} left" if view.seconds_left else ""
        st.progress(_share(view.unit_fraction), f"{plain(view.stage)}{left}")


def _share(fraction: float | None) -> float:
    return min(max(fraction or 0.0, 0.0), 1.0)


def _ahead_of(job: Job) -> int:
    running = [other for other in queue.list_jobs(workspace(), statuses=(queue.RUNNING,)) if other.lane == job.lane]
    waiting = queue.waiting(workspace(), job.lane)
    return len(running) + sum(other.turn < job.turn for other in waiting)


def _live_figures(run: Run, view: View) -> None:
    moment = view.training or {}
    rate = view.per_second
    unit = "strength" if last_layer.names(run.config) else "epoch"
    machine = devices()
    memory = machine["cpu"]
    figures = [
        ("Images a second", count(round(rate)) if rate else "–", ""),
        ("Time left", duration(view.seconds_left), ""),
        ("Memory of the machine", _used(memory["memory_used_mb"], memory["memory_mb"]), ""),
    ]
    figures += [
        (f"Memory of GPU {gpu['index']}", _used(gpu["memory_used_mb"], gpu["memory_mb"]), "")
        for gpu in machine["gpus"]
        if gpu["memory_mb"]
    ]
    if moment.get("accuracy") is not None:
        figures.append(("Train accuracy", percent(moment["accuracy"]), f"this {unit}"))
    if moment.get("history"):
        figures.append(("Validation accuracy", percent(moment["history"][-1]["val_accuracy"]), f"last {unit}"))
    _figures(figures)


def _used(used_mb: int, total_mb: int) -> str:
    return f"{used_mb / 1024:.1f} of {total_mb / 1024:.1f} GB"


def _ended(run: Run, job: Job | None) -> None:
    has_model = "test_accuracy" in run.figures
    status = job.status if job else (queue.DONE if has_model else queue.INTERRUPTED)
    with st.container(horizontal=True, vertical_alignment="center", key="ended_head"):
        _title(run, status, f"begun {ago(run.created_at)}")
        _new_training()
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
    epochs = run.figures.get("history") or (history(workspace(), look(workspace(), job)) if job else [])
    if epochs:
        _curves(run, job, epochs, len(epochs), None, "ended")
    if job:
        _log(job, expanded=status == queue.FAILED)


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
        if has_model and run.config.trainable != "head":
            further = st.button(
                "Train further",
                icon=":material/fast_forward:",
                help="A new run that begins with the weights of this one.",
            )
            if further:
                _to_form(run, goes_on=True)
        if st.button("Train again with these settings", icon=":material/replay:"):
            _to_form(run, goes_on=False)


def _to_form(run: Run, goes_on: bool) -> None:
    state.set_parameter("data", run.dataset)
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
    _figures(
        [
            ("Test accuracy", percent(figures["test_accuracy"]), f"({low * 100:.1f} to {high * 100:.1f})"),
            (
                "Validation accuracy",
                percent(figures["val_accuracy"]),
                f"{last_layer.place(named, figures['best_epoch'])}, the best",
            ),
            ("Strengths" if named else "Epochs", str(figures["epochs"]), f"of {run.config.epochs}"),
            ("Images a second", count(round(figures["images_per_second"])), ""),
            ("Duration", duration(figures["seconds"]), ""),
            ("Parameters", count(figures["parameters"]), ""),
        ]
    )


def _figures(figures: Sequence[tuple[str, str, str]]) -> None:
    parts = (
        f"<div><dt>{html.escape(label)}</dt><dd>{html.escape(value)} <small>{html.escape(more)}</small></dd></div>"
        for label, value, more in figures
    )
    st.html(f'{FIGURES_CSS}<dl class="figures">{"".join(parts)}</dl>')


def _title(run: Run, status: str, since: str) -> None:
    icon, colour = BADGES[status]
    recipe = PRESETS[run.config.preset].title if run.config.preset in PRESETS else "own settings"
    with st.container(gap="small"):
        st.subheader(plain(run.title), anchor=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(status.capitalize(), icon=icon, color=colour)
            st.caption(f"{plain(run.dataset)} · {recipe} · {since}", width="content")
            if run.sweep:
                st.page_link(
                    links.page("train"),
                    label="Its sweep",
                    icon=":material/grid_view:",
                    query_params={"sweep": run.sweep},
                    width="content",
                )


def _new_training() -> None:
    if st.button("New training", icon=":material/add:", key="new_training"):
        state.set_here("run", None)
        st.rerun()


def _log(job: Job, expanded: bool) -> None:
    log = st.expander("Log", icon=":material/notes:", key=f"log_{expanded}", expanded=expanded, on_change="rerun")
    if log.open:
        if text := log_tail(workspace(), job):
            log.code(text, language=None, wrap_lines=True, height=320)
        else:
            log.caption("It has not printed anything.")


def _about(run: Run, job: Job | None) -> None:
    with st.expander("Name, notes and settings", icon=":material/edit_note:"):
        with st.form(f"about_{run.id}", border=False):
            name = st.text_input("Name", run.name, placeholder=run.id, max_chars=80)
            notes = st.text_area("Notes", run.notes, height=100, max_chars=2000)
            if st.form_submit_button("Save", icon=":material/save:"):
                runs.describe(workspace(), run, name, notes)
                st.rerun()
        st.json(run.config.to_json(), expanded=False)
        where = device(workspace(), job) if job else ""
        st.caption(plain(f"{f'Device: {where}. ' if where else ''}Everything of it is in {run.folder(workspace())}."))
        if (job is None or job.ended) and st.button("Delete", icon=":material/delete:", key="delete_question"):
            _delete(run)


@st.dialog("Delete this run?")
def _delete(run: Run) -> None:
    freed = size(folder_size_bytes(run.folder(workspace())))
    st.markdown(f"**{plain(run.title)}** goes with its model, its figures and its log, and {freed} come free.")
    st.markdown("This cannot be undone.")
    if not st.button("Delete this run", type="primary", key="delete_run"):
        return
    try:
        runs.delete(workspace(), run)
    except InputError as error:
        show_error(error)
        return
    state.set_parameter("run", None)
    st.rerun()

"""From recipe to a running training: cards, form, advice, Start."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import SPLIT_WORDS, SPLITS, Dataset
from core.errors import ConfigError, DamagedError, NotFoundError
from core.jobs.start import ensure_supervisor
from core.train import runs
from core.train.config import TrainConfig, count_training_images, resolve, with_fitting_batch
from core.train.further import check_start, further
from core.train.presets import PRESETS
from core.train.recommend import told_size
from pages.shared import cached, doubtful, edit_pending, frame, links, recorded, state
from pages.shared.cached import issues, workspace
from pages.shared.messages import count, plain
from pages.train_parts import last_layer, layers, rate, recipes, settings, sweep


def show() -> None:
    """Draw the whole form; a start puts the new run into the address."""
    dataset = frame.choose_dataset()
    if dataset is None:
        recorded.no_data("A network learns from images that have labels.")
        return
    _describe(dataset)
    recorded.tell()
    base, key, place = _starting_point(dataset)
    _advise(dataset)
    asked = settings.ask(base, dataset, key)
    try:
        base = TrainConfig.from_json(asked.values)
        config = resolve(base, dataset)
        check_start(workspace(), config, dataset)
    except (ConfigError, DamagedError, NotFoundError) as error:
        button, line = place.columns([2, 5], vertical_alignment="center")
        button.button("Train", disabled=True, icon=":material/play_arrow:", key="start", width="stretch")
        with line:
            st.error(plain(str(error)), icon=":material/error:")
            if not all(dataset.per_split.get(split) for split in SPLITS):
                _lead_to_more(dataset)
        return
    if asked.layers is not None:
        with asked.layers:
            layers.show(config, dataset.channels, len(config.classes or dataset.classes))
    with place:
        _start(dataset, config, asked, key)
    rate.ask(dataset, config, key)
    sweep.ask(dataset, base, key)


def _lead_to_more(dataset: Dataset) -> None:
    is_recorded = dataset.source.get("kind") == "webcam"
    label, asked = ("Record more with the webcam", "record") if is_recorded else ("Add data", "add")
    query = {"data": dataset.reference, asked: "more"}
    st.page_link(links.page("explore"), label=label, icon=":material/add_photo_alternate:", query_params=query)


def _describe(dataset: Dataset) -> None:
    tone = "grey" if dataset.channels == 1 else "colour"
    splits = ", ".join(f"{count(dataset.per_split.get(split, 0))} {SPLIT_WORDS[split]}" for split in SPLITS)
    index = cached.index(dataset.reference)
    size = told_size(index["width"], index["height"])
    st.caption(f"{count(len(dataset.classes), 'classes', 'class')} · {splits} · {size} {tone}")
    doubtful.tell(dataset, "the figures would be too high", "the figures may be wrong")


def _advise(dataset: Dataset) -> None:
    for issue in issues(dataset.reference):
        if issue.kind in ("class_size", "missing_in_split") and issue.severity == "warning":
            st.caption(f":material/info: {plain(issue.message)}")


def _starting_point(dataset: Dataset) -> tuple[TrainConfig, str, DeltaGenerator]:
    """The config that the form starts from, a key that changes with it, and where Start is drawn: above all settings."""
    if like := state.here("like"):
        try:
            run = runs.find_run(workspace(), like)
        except NotFoundError as error:
            st.warning(plain(str(error)), icon=":material/info:")
        else:
            line, button = st.columns([5, 1], vertical_alignment="center")
            goes_on = state.here("further") == run.id
            begins = " and it begins with that run's weights" if goes_on else ""
            other = run.dataset != dataset.reference
            learnt = f" It learnt from {run.dataset}, this training learns from {dataset.reference}." if other else ""
            line.markdown(f"Settings as in **{plain(run.title)}**{begins}.{plain(learnt)}")
            if button.button("Recipes", icon=":material/arrow_back:", width="stretch"):
                state.set_here("like", None)
                state.set_here("further", None)
                st.rerun()
            return further(run) if goes_on else run.config, f"like_{run.id}_{goes_on}", st.container()
    name, place = recipes.choose(dataset)
    return with_fitting_batch(PRESETS[name].config, dataset), f"recipe_{name}_{dataset.reference}", place


def _start(dataset: Dataset, config: TrainConfig, asked: settings.Asked, key: str) -> None:
    images = count_training_images(config, dataset)
    button, line = st.columns([2, 5], vertical_alignment="center")
    run_id = state.once(f"run_id_{key}", lambda: runs.new_id(config.preset))
    clicked = button.button(
        f"Train on {count(images, 'images', 'image')}",
        type="primary",
        icon=":material/play_arrow:",
        key="start",
        width="stretch",
    )
    line.caption(f"{recipes.how_long(config, dataset)}. {plain(_what_comes(config, dataset, images))}")
    with line:
        _tell_unsaved(dataset)
        _tell_unused(config)
    useless = config.augment.without_effect(dataset.channels)
    if useless:
        line.caption(f"{', '.join(useless).capitalize()} will do nothing: these pictures are grey.")
    if clicked:
        # A second click comes with the same id, and `create` gives back the same run.
        run = runs.create(workspace(), dataset, config, run_id, asked.name.strip(), asked.notes.strip())
        ensure_supervisor(workspace())
        state.set_parameter("run", run.id)
        st.rerun()
    elif _is_used(run_id):
        state.put(f"run_id_{key}", runs.new_id(config.preset))


def _tell_unsaved(dataset: Dataset) -> None:
    """Say that edits which nobody saved are not trained on, with the way to them."""
    edit_pending.in_address(dataset)  # a refresh must not forget them
    there = edit_pending.of(dataset)
    if there is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="unsaved_edits"):
        number = len(there.edits)
        told = f"{count(number, 'edits', 'edit')} of this data set {'are' if number > 1 else 'is'} not saved"
        st.markdown(f":material/edit: {told}: training uses version {dataset.version}.", width="content")
        query = {"data": there.base.reference, edit_pending.PARAMETER: edit_pending.token_of(dataset)}
        st.page_link(links.page("explore"), label="Save on Explore", query_params=query, width="content")


def _tell_unused(config: TrainConfig) -> None:
    """Say that the saved augmentation in hand is not trained with, where a last layer is learnt alone, with the way out."""
    name = settings.saved_augmentation()
    if not name or config.trainable != "head":
        return
    title = PRESETS[recipes.AUGMENTS].title
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="unused_augmentation"):
        st.markdown(plain(f"This training does not use your augmentation “{name}”; {title} does."), width="content")
        if st.button(f"Take {title}", type="tertiary", key="take_augmenting"):
            recipes.take(recipes.AUGMENTS)


def _is_used(run_id: str) -> bool:
    try:
        return runs.find_run(workspace(), run_id).id == run_id
    except NotFoundError:
        return False


def _what_comes(config: TrainConfig, dataset: Dataset, images: int) -> str:
    if config.trainable == "head":
        return last_layer.what_comes(config, dataset)
    epochs = config.epochs or 0
    size = f"images of {config.image_size} × {config.image_size}"
    steps = count(-(-images // config.batch_size) * epochs, "steps", "step")
    return f"{count(epochs, 'epochs', 'epoch')}, {steps}, {size}. Augmentation: {settings.describe(config.augment)}."

"""The form: the few settings that matter, and all others on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.augment.advice import likely_to_harm
from core.augment.config import PRESETS as AUGMENT_PRESETS
from core.augment.config import AugmentConfig, Step
from core.augment.operations import OPERATIONS
from core.data.dataset import Dataset
from core.images import FITS
from core.train.config import MAX_SIZE, TRAINABLE, TrainConfig
from core.train.presets import PRESETS
from core.train.used import OPTIONS_OF_A_LAST_LAYER
from models import ARCHITECTURES, Option, options_of
from pages.shared import state
from pages.shared.cached import saved_augmentations
from pages.shared.messages import percent, plain
from pages.train_parts import last_layer, optimisation, rate

FIT_WORDS = {"crop": "Crop the centre", "pad": "Pad with white", "stretch": "Stretch"}
MOST_CLASSES_SHOWN = 1000
BUILDER = "custom"  # the recipe whose network is in front, not among all settings


@dataclass(frozen=True)
class Asked:
    """What the form holds.

    Args:
        values: What `TrainConfig.from_json` takes.
        name, notes: Of the run.
        layers: Where the layers of the network are to be drawn; None for nowhere.
    """

    values: dict[str, Any]
    name: str
    notes: str
    layers: Any | None


def ask(base: TrainConfig, dataset: Dataset, key: str) -> Asked:
    """Draw the form. It starts from `base`; another `key` starts it anew."""
    values: dict[str, Any] = {"preset": base.preset, "start_from": base.start_from}
    is_builder = base.preset == BUILDER
    top, builder = st.container(), st.container(border=is_builder, key="builder")
    rest = st.expander("All settings", icon=":material/tune:")
    with builder if is_builder else rest:
        layers = _ask_network(values, base, key, is_builder)
    with top:
        name = _ask_what_matters(values, base, key)
    if harmful := likely_to_harm(values["augment"], dataset.classes):
        names = " and ".join(OPERATIONS[one].title for one in harmful)
        top.caption(
            f":material/warning: The classes look like digits or letters, and this augmentation has {names}: it can "
            "make another one of them, and the label then lies."
        )
    with rest:
        if values["trainable"] != "head":  # which has none
            st.markdown("**Optimisation**")
            values["gpus"] = base.gpus
            optimisation.ask(values, base, key)
        st.markdown("**Data**")
        _ask_data(values, base, dataset, key)
        notes = st.text_area(
            "Notes", key=f"{key}_notes", height=68, placeholder="What this run is to find out", max_chars=2000
        )
    return Asked(values, name, notes, layers)


def _ask_what_matters(values: dict[str, Any], base: TrainConfig, key: str) -> str:
    only_head = values["trainable"] == "head"
    columns = st.columns([2, 5.3] if only_head else [2, 1.2, 1.1, 1.2, 1.8])
    name = columns[0].text_input("Name of the run", key=f"{key}_name", placeholder="Optional", max_chars=80)
    if only_head:
        with columns[1]:
            values |= {**last_layer.ask(base, key), "augment": AugmentConfig()}
        return name
    values["epochs"] = columns[1].number_input(
        "Epochs",
        1,
        10_000,
        base.epochs,
        key=f"{key}_epochs",
        placeholder="Auto",
        help="Passes over the training images. Empty: as many as it takes for 800 steps.",
    )
    values["batch_size"] = columns[2].number_input(
        "Batch size", 1, 65_536, base.batch_size, key=f"{key}_batch", help="Images a step."
    )
    found = state.get(f"{key}_{rate.FOUND}", base.learning_rate)
    values["learning_rate"] = columns[3].number_input(
        "Learning rate",
        0.0,
        100.0,
        found,
        step=found / 10,
        format="%g",
        key=f"{key}_rate_{found}",
        help="The size of a step; the highest one of a schedule.",
    )
    with columns[4]:
        values["augment"] = _ask_augmentation(base, key)
    return name


def _ask_augmentation(base: TrainConfig, key: str) -> AugmentConfig:
    choices = {name.capitalize(): config for name, config in AUGMENT_PRESETS.items()}
    choices |= {f"Saved: {name}": config for name, config in saved_augmentations().items()}
    wanted = f"Saved: {state.here('augment')}"
    start = wanted if wanted in choices else next((n for n, config in choices.items() if config == base.augment), None)
    if start is None:
        is_recipes = base.preset in PRESETS and base.augment == PRESETS[base.preset].config.augment
        start = f"{PRESETS[base.preset].title}'s own" if is_recipes else "As in that run"
        choices = {start: base.augment, **choices}
    names = list(choices)
    chosen = st.selectbox(
        "Augmentation",
        names,
        index=names.index(start),
        key=f"{key}_augment_{start}",
        help="Varies the training images, never the others. The Augment page shows what it does and saves your own.",
    )
    if state.here("augment") and wanted not in choices:
        st.caption(plain(f"No augmentation is saved as {state.here('augment')}."))
    return choices[chosen]


def saved_augmentation() -> str:
    """The name of the saved augmentation that the address asks for; "" where it asks for none, or it is not there."""
    name = state.here("augment")
    return name if name in saved_augmentations(tell=False) else ""


def describe(augment: AugmentConfig) -> str:
    """The operations in one line of text: "Rotate 0.03, Zoom 0.1 for 80 %"."""
    return ", ".join(_in_words(step) for step in augment.operations) or "none"


def _in_words(step: Step) -> str:
    operation = OPERATIONS[step.name]
    strength = f" {step.strength:g}" if operation.has_strength else ""
    return f"{operation.title}{strength}" + ("" if step.is_usual else f" for {percent(step.probability, 0)}")


def _ask_network(values: dict[str, Any], base: TrainConfig, key: str, is_builder: bool) -> Any | None:
    """Draw the form of the network. Gives back where its layers are to be drawn, if they are."""
    form, layers = st.columns([3, 2], gap="medium") if is_builder else (st.container(), st.container())
    with form:
        _ask_architecture(values, base, key, 3 if is_builder else 4)
    if is_builder or layers.toggle("Show the layers", key=f"{key}_layers"):
        return layers.container()
    return None


def _ask_architecture(values: dict[str, Any], base: TrainConfig, key: str, across: int) -> None:
    columns = st.columns([2, 2, 1, 1]) if across > 3 else [*st.columns(2), *st.columns(2)]
    names = list(ARCHITECTURES)
    architecture = columns[0].selectbox(
        "Network",
        names,
        index=names.index(base.architecture),
        format_func=lambda name: ARCHITECTURES[name].title,
        key=f"{key}_architecture",
    )
    columns[0].caption(ARCHITECTURES[architecture].sentence)
    values["architecture"] = architecture
    values["trainable"] = columns[1].selectbox(
        "What is learnt",
        list(TRAINABLE),
        list(TRAINABLE).index(base.trainable),
        format_func=TRAINABLE.__getitem__,
        key=f"{key}_trainable",
    )
    if values["trainable"] == "head":
        columns[2].caption("Image size and fit are those of the kept embeddings: cropped to the network's size.")
        values |= {"image_size": None, "fit": "crop"}
    else:
        _ask_image(values, base, columns[2:], key)
    own = base.architecture_options if architecture == base.architecture else {}
    start = options_of(architecture, own)
    table = ARCHITECTURES[architecture].options
    if values["trainable"] == "head":
        table = {name: table[name] for name in OPTIONS_OF_A_LAST_LAYER if name in table}
    rows = [list(table)[first : first + across] for first in range(0, len(table), across)]
    values["architecture_options"] = {
        name: _ask_option(place, name, table[name], start[name], f"{key}_{architecture}_{name}")
        for row in rows
        for place, name in zip(st.columns(across), row, strict=False)
    }


def _ask_image(values: dict[str, Any], base: TrainConfig, columns: Sequence[Any], key: str) -> None:
    values["image_size"] = columns[0].number_input(
        "Image size in pixels",
        1,
        MAX_SIZE,
        base.image_size,
        key=f"{key}_size",
        placeholder="Auto",
        help="Side of the square that the network sees. Empty: what suits data and network.",
    )
    values["fit"] = columns[1].selectbox(
        "Fit", FITS, FITS.index(base.fit), format_func=FIT_WORDS.get, key=f"{key}_fit", help="How it becomes square."
    )


def _ask_option(column: Any, name: str, option: Option, value: Any, key: str) -> Any:
    label = name.replace("_", " ").capitalize()
    if option.choices:
        return column.selectbox(
            label,
            option.choices,
            option.choices.index(value),
            format_func=str.capitalize,
            key=key,
            help=option.sentence,
        )
    if isinstance(option.default, bool):
        return column.selectbox(
            label, (True, False), int(not value), format_func=("No", "Yes").__getitem__, key=key, help=option.sentence
        )
    if isinstance(option.default, int):
        return column.number_input(
            label, int(option.minimum), int(option.maximum), int(value), key=key, help=option.sentence
        )
    return column.number_input(
        label, option.minimum, option.maximum, float(value), step=0.05, format="%g", key=key, help=option.sentence
    )


def _ask_data(values: dict[str, Any], base: TrainConfig, dataset: Dataset, key: str) -> None:
    columns = st.columns([1, 1, 3])
    values["images_per_class"] = columns[0].number_input(
        "Images per class",
        1,
        None,
        base.images_per_class,
        key=f"{key}_limit",
        placeholder="All",
        help="Take at most so many training images of a class. Empty: all.",
    )
    values["train_share"] = columns[1].number_input(
        "Share of the training images",
        0.001,
        1.0,
        base.train_share,
        step=0.1,
        format="%g",
        key=f"{key}_share",
        help="Of each class alike, no group cut; with one seed a smaller share is part of a larger. 1: all.",
    )
    known = [name for name in base.classes or () if name in dataset.classes]
    if len(dataset.classes) > MOST_CLASSES_SHOWN:
        columns[2].caption("There are too many classes to choose from here; `--classes` of the command line can.")
        values["classes"] = known or None
        return
    values["classes"] = (
        columns[2].multiselect(
            "Classes",
            dataset.classes,
            known,
            key=f"{key}_classes_{dataset.reference}",
            placeholder="All",
            help="Learn only these. Empty: all.",
        )
        or None
    )

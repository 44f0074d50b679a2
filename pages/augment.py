"""What will the model see?"""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.augment.config import AugmentConfig
from core.data.dataset import Dataset
from core.errors import FoveaError
from pages.augment_parts import chosen, grid, operations, order, strength, survival
from pages.shared import cached, frame, recorded, state
from pages.shared.messages import show_error

MOST_SEED = 10**9


def main() -> None:
    """Pictures on the left, what varies them on the right."""
    frame.header("Augment", "What will the model see? Training images are varied anew in each epoch; others never are.")
    dataset = frame.choose_dataset()
    if dataset is None:
        recorded.no_data("Add one, and its pictures show here.")
        return
    present = chosen.read(dataset.classes)
    chosen.choose(present)
    found = survival.measured(dataset)
    left, right = st.columns([7, 4], gap="large")
    with right:
        top = st.container()
        config, places = operations.choose(present, dataset.channels, survival.words(found))
        order.arrange(config)
        with top:
            chosen.use(config, dataset)
            survival.warn(config, dataset, found)
    chosen.write(config, dataset.classes)
    if config.to_text() != present.to_text():
        st.rerun()  # presets and headings were drawn with what was on before
    with left:
        show(config, dataset, places)


def show(config: AugmentConfig, dataset: Dataset, places: operations.Places) -> None:
    """The pictures: a class filter, originals beside draws, one operation from weak to strong; then what it costs."""
    seed, pick = (state.integer_here(name, MOST_SEED) or 0 for name in ("seed", "pick"))
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    several = f"{grid.ROWS} of {len(dataset.classes)} classes" if len(dataset.classes) > grid.ROWS else "All classes"
    labels = [several, *dataset.classes]
    wanted = bar.selectbox("Class", range(len(labels)), format_func=labels.__getitem__, key="augment_class")
    if bar.button("New draw", icon=":material/casino:"):
        state.set_here("seed", str(seed + 1))
        st.rerun()
    if bar.button("Other pictures", icon=":material/shuffle:"):
        state.set_here("pick", str(pick + 1))
        st.rerun()
    table = cached.index(dataset.reference)
    rows = grid.choose_rows(table, dataset, labels[wanted] if wanted else None, pick)
    if not rows:
        st.info("There are no training images of this class.", icon=":material/info:")
        return
    try:
        with st.spinner("Drawing. Right after the server was started it takes about ten seconds.", show_time=True):
            draws(config, dataset, rows, seed)
            speed = st.empty()
            st.divider()
            strength.show(config, dataset, rows, seed)
            st.divider()
            measuring = st.container()
            fill_switches(places, config, dataset, rows)
            tell_speed(config, dataset, speed)
        with measuring:
            survival.show(config, dataset)
    except FoveaError as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:")


def draws(config: AugmentConfig, dataset: Dataset, rows: tuple[int, ...], seed: int) -> None:
    """Originals, and what the first epochs would make of them."""
    drawn, shares, classes = cached.augmented(dataset.reference, rows, config.to_text(), grid.DRAWS, seed)
    original = grid.originals(dataset, rows)
    labels = cached.index(dataset.reference)["label"].iloc[list(rows)].astype(str)
    captions = [
        [[label], *(grid.words(share, classes) if config.mixes_labels else [] for share in shares[:, place])]
        for place, label in enumerate(labels)
    ]
    heads = ["Original", *(f"Draw {number}" for number in range(1, len(drawn) + 1))]
    with st.container(key="draws"):
        grid.table([[original[place], *drawn[:, place]] for place in range(len(rows))], heads, captions)
    if config.mixes_labels:
        st.caption("A mixed picture has a mixed label. Training learns both parts, each as much as it is there.")


def fill_switches(places: operations.Places, config: AugmentConfig, dataset: Dataset, rows: tuple[int, ...]) -> None:
    """A picture before and after each operation alone. Those at their default are asked for once, together."""
    pictures = cached.pictures(dataset.reference, rows)
    lopsided = np.abs(pictures.astype(np.int16) - pictures[:, ::-1, ::-1]).mean((1, 2, 3)).argmax()
    shown = (rows[lopsided], *(row for row in rows if row != rows[lopsided]))  # a flipped 0 would show nothing
    usual = operations.shown(AugmentConfig(), dataset.channels)
    after = dict(cached.augmented_alone(dataset.reference, shown, usual.to_text()))
    for step in operations.shown(config, dataset.channels).operations:
        if step not in usual.operations:
            after |= cached.augmented_alone(dataset.reference, shown, AugmentConfig([step]).to_text())
    operations.fill(places, pictures[lopsided], after)


def tell_speed(config: AugmentConfig, dataset: Dataset, place: DeltaGenerator) -> None:
    """How many images a second the operations alone make."""
    if not [name for name in config.names if name not in config.without_effect(dataset.channels)]:
        return
    rate = cached.augmentation_speed(config.to_text(), dataset.size, dataset.channels)
    place.caption(
        f"These operations alone make {rate:,.0f} images a second of {dataset.size} × {dataset.size} on this machine, "
        "with nothing else to do. Training cannot be faster than that."
    )


main()

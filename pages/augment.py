"""What will the model see?"""

import streamlit as st

from core.augment.config import AugmentConfig
from core.data.dataset import Dataset
from core.errors import FoveaError
from pages.augment_parts import chosen, grid, operations, strength
from pages.shared import cached, frame, links, state
from pages.shared.messages import show_error


def main() -> None:
    """Pictures on the left, what varies them on the right."""
    frame.header("Augment", "What will the model see? Training images are varied anew in each epoch; others never are.")
    dataset = frame.choose_dataset()
    if dataset is None:
        st.info("There is no data set yet. Add one, and its pictures show here.", icon=":material/info:")
        st.page_link(links.page("explore"), label="Add a data set", icon=":material/add_photo_alternate:")
        return
    config = chosen.read()
    chosen.choose(config)
    left, right = st.columns([7, 4], gap="large")
    with right:
        top = st.container()
        config = operations.choose(config, dataset.channels)
        operations.arrange(config)
        with top:
            chosen.use(config, dataset)
    chosen.write(config)
    with left:
        show(config, dataset)


def show(config: AugmentConfig, dataset: Dataset) -> None:
    """The pictures: a class filter, originals beside draws, one operation from weak to strong."""
    seed, pick = number("seed"), number("pick")
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    labels = ["All classes", *dataset.classes]
    wanted = bar.selectbox("Class", range(len(labels)), format_func=labels.__getitem__, key="class")
    if bar.button("New draw", icon=":material/casino:"):
        state.set_here("seed", str(seed + grid.DRAWS))
        st.rerun()
    if bar.button("Other pictures", icon=":material/shuffle:"):
        state.set_here("pick", str(pick + 1))
        st.rerun()
    table = cached.index(dataset.reference)
    rows = grid.choose_rows(table, dataset, labels[wanted] if wanted else None, pick)
    if not rows:
        st.info("There are no training images of this class.", icon=":material/info:")
        return
    names = [str(table["label"].iloc[row]) for row in rows]
    try:
        with st.spinner("Drawing. The first time takes about ten seconds.", show_time=True):
            draws = cached.augmented(dataset.reference, rows, config.operations, grid.DRAWS, seed)
            with st.container(key="draws"):
                grid.draw(grid.originals(dataset, rows), draws, names)
            st.divider()
            strength.show(config, dataset, rows[0], names[0], seed)
    except FoveaError as error:
        show_error(error)
        st.button("Try again", icon=":material/refresh:")


def number(name: str) -> int:
    """A number in the address; 0 where there is none."""
    text = state.here(name) or ""
    return int(text) if text.isdecimal() and len(text) < 9 else 0


main()

"""One picture at true pixels, with facts and its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.data.dataset import Dataset
from pages.explore_parts import alike, edit_one, edit_pending
from pages.explore_parts.filters import SPLIT_WORDS
from pages.shared import cached, state
from pages.shared.component import Component
from pages.shared.messages import count, plain, size
from pages.shared.routes import picture_url

AT, AMONG = "explore_at", "explore_among"
MOST_COPIES = 5
MODES = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with transparency",
    "I;16": "grey, 16 bits",
    "I;16B": "grey, 16 bits",
    "P": "colour, palette",
    "RGB": "colour",
    "RGBA": "colour with transparency",
    "CMYK": "colour, CMYK",
}

CSS = """
.frame { display: flex; justify-content: safe center; align-items: safe center; height: min(56vh, 520px);
  overflow: auto; border-radius: 8px; background: var(--st-secondary-background-color); }
.frame.fit { overflow: hidden; }
.frame img { display: block; }
.frame.fit img { max-width: 100%; max-height: 100%; }
.frame img.pixels { image-rendering: pixelated; }
.scale { margin-top: 4px; min-height: 18px; font: 12.5px var(--st-font); color: var(--st-text-color); opacity: .8;
  display: flex; gap: 10px; align-items: center; }
.scale button { font: inherit; color: var(--st-primary-color); background: none; border: 0; padding: 2px;
  cursor: pointer; text-decoration: underline; }
.scale button:focus-visible { outline: 2px solid var(--st-primary-color); }
"""

JS = """
export default function (component) {
  const { data, parentElement } = component;
  let frame = parentElement.querySelector('.frame'), scale = parentElement.querySelector('.scale');
  if (!frame) {
    frame = document.createElement('div'); scale = document.createElement('div'); scale.className = 'scale';
    parentElement.append(frame, scale);
  }
  frame.className = 'frame fit';
  frame.style.height = data.height + 'px';
  const image = document.createElement('img'), text = document.createElement('span');
  const toggle = document.createElement('button');
  toggle.type = 'button';
  image.alt = data.alt; image.src = data.base + data.src;
  const say = () => {
    const factor = image.clientWidth / image.naturalWidth;
    text.textContent = Math.abs(factor - 1) < 0.005 ? 'Shown at true pixels'
      : factor > 1 ? 'Each pixel shown ' + factor.toFixed(0) + ' × ' + factor.toFixed(0)
      : 'Shown at ' + Math.round(factor * 100) + ' %';
  };
  image.onload = () => {
    const room = Math.min(frame.clientWidth / image.naturalWidth, frame.clientHeight / image.naturalHeight);
    const times = Math.min(Math.floor(room), 16);
    if (times > 1) {
      image.className = 'pixels'; image.style.width = image.naturalWidth * times + 'px';
      image.style.maxWidth = image.style.maxHeight = 'none';
    } else if (room < 1) {
      toggle.textContent = 'True pixels';
      toggle.onclick = () => {
        toggle.textContent = frame.classList.toggle('fit') ? 'True pixels' : 'Fit';
        say();
      };
      scale.append(toggle);
    }
    say();
  };
  image.onerror = () => { text.textContent = 'The picture cannot be read any more. Has its file moved?'; };
  frame.replaceChildren(image);
  scale.replaceChildren(text);
}
"""

_component = Component("large_view", css=CSS, js=JS)


def open_at(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray, position: int) -> None:
    """Open the picture at `rows[position]`; previous and next go through `rows`."""
    state.put(AT, position)
    state.forget(AMONG)
    _dialog(dataset, index, rows)


@st.dialog("Picture", width="large", on_dismiss="rerun")
def _dialog(dataset: Dataset, index: pd.DataFrame, rows: np.ndarray) -> None:
    rows = state.get(AMONG, rows)
    position = state.get(AT, 0)
    row = int(rows[position])
    facts = index.iloc[row]
    picture, beside = st.columns([5, 3], gap="medium")
    with picture:
        if (frames := cached.frames(dataset.reference, row, facts["sha256"])) > 1:
            st.caption(f"The first of {count(frames, 'frames')}. Only that one is used.")
        data = {
            "src": picture_url(dataset.reference, row, facts["sha256"]),
            "base": st.get_option("server.baseUrlPath").rstrip("/"),
            "alt": f"{facts['path']}, {facts['label']}",
            "height": 420,
        }
        _component.draw("explore_large", data)
    with beside:
        if can_edit := edit_pending.can_edit(dataset):
            edit_one.show(dataset, index, row)
        _facts(index, row, facts, with_class=not can_edit)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            on_click=_go,
            args=(position - 1,),
            disabled=position == 0,
            shortcut="Left",
        )
        st.markdown(f"{position + 1:,} of {count(len(rows), 'images', 'image')}", width="content")
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            on_click=_go,
            args=(position + 1,),
            disabled=position == len(rows) - 1,
            shortcut="Right",
        )
    if like := alike.show(dataset, index, row):
        among, position = like
        state.put(AMONG, among)
        state.put(AT, position)
        st.rerun(scope="fragment")


def _go(position: int) -> None:
    state.put(AT, position)


def _facts(index: pd.DataFrame, row: int, facts: pd.Series, with_class: bool) -> None:
    colour = MODES.get(facts["mode"], facts["mode"])
    lines = {"Class": facts["label"], "Split": SPLIT_WORDS[facts["split"]]} if with_class else {}
    lines |= {
        "Size": f"{facts['width']:,} × {facts['height']:,} pixels, {colour}",
        "File": size(facts["size_bytes"]),
        "Path": facts["path"],
    }
    for name, value in lines.items():
        st.markdown(f":small[{name}]  \n**{plain(str(value))}**" if name == "Class" else _line(name, str(value)))
    copies = index.index[(index["sha256"] == facts["sha256"]).to_numpy()].drop(row)
    if len(copies):
        shown = index.loc[copies[:MOST_COPIES]]
        where = [
            f"{path} ({label}, {SPLIT_WORDS[split]})"
            for path, label, split in zip(shown["path"], shown["label"], shown["split"], strict=True)
        ]
        more = f" and {len(copies) - MOST_COPIES:,} more" if len(copies) > MOST_COPIES else ""
        st.markdown(_line("The same picture again", ", ".join(where) + more))


def _line(name: str, value: str) -> str:
    return f":small[{name}]  \n{plain(value)}"

"""One picture large: at true pixels, with the way to the one before and the next."""

from __future__ import annotations

import streamlit as st

from pages.shared import state
from pages.shared.component import Component
from pages.shared.messages import count

HEIGHT = 420

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
  image.alt = data.alt; image.src = data.src;
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


def picture(key: str, src: str, alt: str, height: int = HEIGHT) -> None:
    """Draw one picture of this server, fitted into `height`; a small one enlarged by a whole factor.

    Args:
        src: Its address, from `addresses.picture_url`.
    """
    _component.draw(key, {"src": src, "alt": alt, "height": height})


def begin(key: str, position: int) -> None:
    """Say which of a row of pictures a large view opens with."""
    state.put(key, position)


def position(key: str, number: int) -> int:
    """Which of `number` pictures is shown now."""
    return min(state.get(key, 0), number - 1)


def steps(key: str, number: int) -> None:
    """Draw Previous and Next, which the arrow keys press too, inside the large view's dialog."""
    at = position(key, number)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.button(
            "Previous",
            key=f"{key}_previous",
            icon=":material/chevron_left:",
            on_click=begin,
            args=(key, at - 1),
            disabled=at == 0,
            shortcut="Left",
        )
        st.markdown(f"{at + 1:,} of {count(number, 'images', 'image')}", width="content")
        st.button(
            "Next",
            key=f"{key}_next",
            icon=":material/chevron_right:",
            icon_position="right",
            on_click=begin,
            args=(key, at + 1),
            disabled=at >= number - 1,
            shortcut="Right",
        )

"""Pictures as even tiles that can be clicked, by mouse or keyboard.

Runs in the browser: the tiles are drawn from addresses, never from markup, so a class called
`<img onerror=…>` is shown as that text.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import streamlit as st

TILES_A_PAGE = 48

CSS = """
.tiles { display: grid; gap: 8px; grid-template-columns: repeat(auto-fill, minmax(var(--tile), 1fr)); }
.tile { all: unset; position: relative; aspect-ratio: 1; overflow: hidden; cursor: pointer; border-radius: 6px;
  background: var(--st-secondary-background-color); box-shadow: inset 0 0 0 1px var(--st-border-color);
  font-family: var(--st-font); }
.tile img { width: 100%; height: 100%; object-fit: contain; display: block; }
.tile img.pixels { image-rendering: pixelated; }
.tile:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.tile[aria-pressed="true"] { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.name { position: absolute; inset: auto 0 0 0; padding: 3px 6px; font-size: 12px; line-height: 1.3; color: #fff;
  background: rgba(15, 17, 18, .78); opacity: 0; transition: opacity .12s; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.always .name { white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 3; }
.tile:hover .name, .tile:focus-visible .name, .always .name { opacity: 1; }
.badge { position: absolute; top: 4px; left: 4px; padding: 0 5px; font-size: 11px; border-radius: 4px; color: #fff;
  background: rgba(15, 17, 18, .78); }
"""

JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let grid = parentElement.querySelector('.tiles');
  if (!grid) { grid = document.createElement('div'); parentElement.appendChild(grid); }
  grid.className = data.captions ? 'tiles always' : 'tiles';
  grid.style.setProperty('--tile', data.size + 'px');
  grid.replaceChildren(...data.tiles.map((tile) => {
    const button = document.createElement('button');
    button.type = 'button'; button.className = 'tile'; button.dataset.id = tile.id;
    button.title = tile.caption; button.setAttribute('aria-label', tile.caption);
    if (tile.id === data.chosen) button.setAttribute('aria-pressed', 'true');
    const image = document.createElement('img');
    image.loading = 'lazy'; image.alt = '';
    image.src = tile.src.startsWith('data:') ? tile.src : data.base + tile.src;
    image.onload = () => { if (image.naturalWidth < 64) image.className = 'pixels'; };
    const name = document.createElement('span');
    name.className = 'name'; name.textContent = tile.caption;
    button.append(image, name);
    if (tile.badge) {
      const badge = document.createElement('span');
      badge.className = 'badge'; badge.textContent = tile.badge; button.append(badge);
    }
    button.onclick = () => setTriggerValue('clicked', tile.id);
    return button;
  }));
}
"""


@dataclass(frozen=True)
class Tile:
    """One picture of a gallery.

    Args:
        id: What a click gives back.
        src: The picture's address on this server, from `routes`, or the picture itself as a `data:` address.
        caption: Shown on hover and to screen readers.
        badge: A short word in the corner; "" for none.
    """

    id: str
    src: str
    caption: str
    badge: str = ""


def page_of(count: int, key: str, size: int = TILES_A_PAGE) -> slice:
    """Which of `count` things to show; draws the pages' numbers where one page does not hold them all."""
    pages = -(-count // size)
    if pages <= 1:
        return slice(0, count)
    number = st.pagination(pages, key=key)
    return slice((number - 1) * size, number * size)


_component = st.components.v2.component("fovea.gallery", css=CSS, js=JS)


def gallery(
    tiles: list[Tile], key: str, size: int = 96, captions: bool = False, chosen: str | None = None
) -> str | None:
    """Draw `tiles`, each at least `size` pixels wide. Gives back the id of the one just clicked, or None.

    Args:
        captions: Show captions always, not only on hover.
        chosen: The id of the tile that is marked.
    """
    data = {
        "tiles": [asdict(tile) for tile in tiles],
        "size": size,
        "captions": captions,
        "chosen": chosen,
        "base": st.get_option("server.baseUrlPath").rstrip("/"),
    }
    return _component(key=key, data=data, on_clicked_change=lambda: None).clicked

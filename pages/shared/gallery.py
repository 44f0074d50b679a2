"""Pictures as even tiles that can be clicked, or selected, by mouse or keyboard.

Runs in the browser: the tiles are drawn from addresses, never from markup, so a class called
`<img onerror=…>` is shown as that text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

from pages.shared.component import Component, told

TILES_A_PAGE = 48
BUTTON_WIDTH = 36
MOST_NUMBERS = 7

CSS = """
.tiles { display: grid; gap: 8px; grid-template-columns: repeat(auto-fill, minmax(var(--tile), 1fr)); }
.tiles.framed { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 10px; }
.together { display: flex; flex-wrap: wrap; gap: 6px; max-width: 100%; box-sizing: border-box; padding: 6px;
  border: 1.5px solid var(--st-border-color); border-radius: 10px; background: var(--st-secondary-background-color); }
.together .tile { width: var(--tile); background: var(--st-background-color); }
.tile { all: unset; position: relative; display: block; aspect-ratio: 1; overflow: hidden; cursor: pointer; border-radius: 6px;
  background: var(--st-secondary-background-color); box-shadow: inset 0 0 0 1px var(--st-border-color);
  font-family: var(--st-font); }
.tile img { width: 100%; height: 100%; object-fit: contain; display: block; }
.tile img.pixels { image-rendering: pixelated; }
.tile:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.tile[aria-pressed="true"] { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.selecting .tile[aria-pressed="true"] img { opacity: .72; }
.mark { position: absolute; top: 4px; right: 4px; width: 18px; height: 18px; border-radius: 50%; display: none;
  font-size: 12px; line-height: 18px; text-align: center; color: #fff; background: rgba(15, 17, 18, .28);
  box-shadow: inset 0 0 0 1.5px rgba(255, 255, 255, .85); }
.selecting .mark { display: block; }
.tile[aria-pressed="true"] .mark { color: var(--st-background-color); background: var(--st-primary-color); }
.tile[aria-pressed="true"] .mark::before { content: "✓"; }
.name { position: absolute; inset: auto 0 0 0; padding: 3px 6px; font-size: 12px; line-height: 1.3; color: #fff;
  background: rgba(15, 17, 18, .78); opacity: 0; transition: opacity .12s; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.always .tile { aspect-ratio: auto; }
.always .tile img { aspect-ratio: 1; height: auto; }
.always .name { position: static; color: var(--st-text-color); background: none; white-space: normal;
  overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; }
.tile:hover .name, .tile:focus-visible .name, .always .name { opacity: 1; }
.badge { position: absolute; top: 4px; left: 4px; padding: 0 5px; font-size: 11px; border-radius: 4px; color: #fff;
  background: rgba(15, 17, 18, .78); }
"""

JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue, setStateValue } = component;
  let grid = parentElement.querySelector('.tiles');
  if (!grid) { grid = document.createElement('div'); parentElement.appendChild(grid); }
  const selecting = data.selected !== null;
  const framed = data.tiles.some((tile) => tile.group);
  grid.className = 'tiles' + (framed ? ' framed' : '') + (data.captions ? ' always' : '') + (selecting ? ' selecting' : '');
  grid.style.setProperty('--tile', data.size + 'px');
  const drawn = JSON.stringify(data.tiles);
  if (grid.drawn !== drawn) { grid.drawn = drawn; grid.replaceChildren(...together(data.tiles)); }
  if (grid.revision !== data.revision) {
    grid.revision = data.revision; grid.selected = new Set(data.selected); grid.anchor = 0;
  }
  const buttons = [...grid.querySelectorAll('.tile')];
  const show = () => buttons.forEach((button) => {
    const id = button.dataset.id;
    if (selecting) button.setAttribute('aria-pressed', grid.selected.has(id));
    else if (id === data.chosen) button.setAttribute('aria-pressed', 'true');
    else button.removeAttribute('aria-pressed');
  });
  const send = () => { show(); setStateValue('selected', { revision: grid.revision, ids: [...grid.selected] }); };
  const upTo = (place) => {
    const [from, to] = [grid.anchor, place].sort((a, b) => a - b);
    buttons.slice(from, to + 1).forEach((button) => grid.selected.add(button.dataset.id));
    send();
  };
  buttons.forEach((button, place) => {
    const id = button.dataset.id;
    button.onclick = (event) => {
      if (!selecting) return setTriggerValue('clicked', id);
      if (event.shiftKey) return upTo(place);
      grid.anchor = place;
      if (!grid.selected.delete(id)) grid.selected.add(id);
      send();
    };
  });
  grid.onmousedown = (event) => { if (selecting && event.shiftKey) event.preventDefault(); };  // selects no text
  grid.onkeydown = (event) => {
    const place = buttons.indexOf(event.target);
    if (place < 0) return;
    if (selecting && event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      buttons.forEach((button) => grid.selected.add(button.dataset.id));
      return send();
    }
    const columns = buttons.filter((button) => button.offsetTop === buttons[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const next = buttons[place + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (selecting && event.shiftKey) upTo(place + step);
  };
  show();

  function together(tiles) {
    const found = [];
    tiles.forEach((tile, place) => {
      if (!tile.group) return found.push(tileOf(tile));
      if (!place || tiles[place - 1].group !== tile.group) {
        const frame = document.createElement('div');
        frame.className = 'together'; frame.setAttribute('role', 'group');
        found.push(frame);
      }
      found[found.length - 1].append(tileOf(tile));
    });
    return found;
  }

  function tileOf(tile) {
    const button = document.createElement('button');
    button.type = 'button'; button.className = 'tile'; button.dataset.id = tile.id;
    button.title = tile.caption; button.setAttribute('aria-label', tile.caption);
    const image = document.createElement('img');
    image.loading = 'lazy'; image.alt = '';
    image.src = tile.src;
    image.onload = () => { if (image.naturalWidth < 64) image.className = 'pixels'; };
    const name = document.createElement('span'), mark = document.createElement('span');
    name.className = 'name'; name.textContent = tile.caption;
    mark.className = 'mark';
    button.append(image, name, mark);
    if (tile.badge) {
      const badge = document.createElement('span');
      badge.className = 'badge'; badge.textContent = tile.badge; button.append(badge);
    }
    return button;
  }
}
"""


@dataclass(frozen=True)
class Selection:
    """Which tiles of a gallery are selected. They change in the browser at once, and here soon after.

    Args:
        ids: Those that are.
        revision: Another one whenever other tiles are drawn or `ids` were set by anything but the tiles.
        on_change: Called with the ids that are selected now.
    """

    ids: set[str]
    revision: str
    on_change: Callable[[set[str]], None]


@dataclass(frozen=True)
class Tile:
    """One picture of a gallery.

    Args:
        id: What a click gives back.
        src: The picture's address on this server, from `routes`, or the picture itself as a `data:` address.
        caption: Shown on hover and to screen readers.
        badge: A short word in the corner; "" for none.
        group: Neighbours of one group are framed together; "" for none.
    """

    id: str
    src: str
    caption: str
    badge: str = ""
    group: str = ""


def pager(pages: int, key: str, bind: str | None = None) -> int:
    """Draw the numbers of `pages`; gives back the one that is chosen, from 1.

    Where Streamlit finds no room for five numbers it shows two, even of three pages, so that room is given.
    """
    room = BUTTON_WIDTH * (max(5, min(pages, MOST_NUMBERS)) + 2)
    return st.pagination(pages, key=key, max_visible_pages=MOST_NUMBERS, width=room, bind=bind)


def page_of(count: int, key: str, size: int = TILES_A_PAGE) -> slice:
    """Which of `count` things to show; draws the pages' numbers where one page does not hold them all."""
    pages = -(-count // size)
    if pages <= 1:
        return slice(0, count)
    number = pager(pages, key)
    return slice((number - 1) * size, number * size)


_component = Component("gallery", css=CSS, js=JS)


def gallery(
    tiles: list[Tile],
    key: str,
    size: int = 96,
    captions: bool = False,
    chosen: str | None = None,
    selection: Selection | None = None,
) -> str | None:
    """Draw `tiles`, each at least `size` pixels wide. Gives back the id of the one just clicked, or None.

    Arrows go from tile to tile.

    Args:
        captions: Show captions always, not only on hover.
        chosen: The id of the tile that is marked.
        selection: A click selects instead of giving back; Shift selects up to it, Ctrl+A all tiles.
    """
    data = {
        "tiles": [asdict(tile) for tile in tiles],
        "size": size,
        "captions": captions,
        "chosen": chosen,
        "selected": sorted(selection.ids) if selection else None,
        "revision": selection.revision if selection else "",
    }

    def changed() -> None:
        said = told(key).get("selected")
        if selection and said and said["revision"] == selection.revision:
            selection.on_change(set(said["ids"]))

    return _component.draw(key, data, on_clicked_change=lambda: None, on_selected_change=changed).clicked

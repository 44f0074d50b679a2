"""Recording with the webcam: name a class, hold to record, sort out, save. In place of the page's other parts.

The token of what was recorded is in the address, so that a refresh finds all that has come.
"""

from __future__ import annotations

import html
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from core.data import collect, collect_log
from core.data.collect_log import Log
from core.data.dataset import Dataset
from core.errors import InputError
from pages.explore_parts import destination
from pages.explore_parts.recorder import record
from pages.shared import cached, camera, recorded, state
from pages.shared.addresses import frames_url
from pages.shared.cached import workspace
from pages.shared.messages import count, plain, show_error

PARAMETER = "collect"
INTO, NEW_SET = "into", ""  # the name of the data set that they are added to
RECORDED_CLASS = "recording"
ASKED = "record"  # in the address: a link that leads to the recorder
OPENED = "collect_opened"
CATCHING_UP_SECONDS = 10.0
ENOUGH = 3  # bursts: one for each split
DIFFERENTLY = "before another background, from another side or in other light"  # else near copies tie it to the others
ADVICE = (
    "Record three bursts or more of each class, each before another background, and every class before the same ones: "
    "else the background gives the class away."
)
SHOWN = 4  # frames of a burst that is to be changed
STRIP_CSS = """<style>
.strip { display: grid; grid-template-columns: repeat(4, minmax(0, 96px)); gap: 4px; }
.strip img { width: 100%; aspect-ratio: 1; object-fit: cover; display: block; border-radius: 4px; }
</style>"""


def open_if_asked(dataset: Dataset | None) -> None:
    """Open the recorder where the address asks for it, once."""
    if state.here(ASKED):
        state.set_here(ASKED, None)
        open_webcam(dataset.name if dataset else NEW_SET)


def open_webcam(into: str | None = None) -> None:
    """Go on with what this visitor recorded and has not saved, or begin anew.

    Args:
        into: The data set to which it is added unless the visitor says otherwise, `NEW_SET` for a new one; by default
            as it was.
    """
    token = recorded.unsaved()[0] or collect.begin(workspace())
    if into is not None:
        state.put(_into(token), into)
    state.forget(f"collect_{collect.public_name(token)}_new_set")
    state.put(recorded.TOKEN, token)
    state.put(OPENED, time.monotonic())
    state.set_here(PARAMETER, token)
    st.rerun()


def close() -> None:
    """Go back to the data. What was recorded stays."""
    state.forget(OPENED)
    for name in (PARAMETER, INTO, RECORDED_CLASS):
        state.set_here(name, None)


def in_hand() -> str | None:
    """The token of the recording that the address names, unless it was saved or is being saved."""
    token = state.here(PARAMETER)
    # A run that the browser asked for just before it heard of the new address comes with the old one.
    if token is None and time.monotonic() - state.get(OPENED, float("-inf")) < CATCHING_UP_SECONDS:
        token = state.get(recorded.TOKEN, "")
    if not token:
        return None
    if not recorded.is_there(token):
        close()
        return None
    return None if recorded.is_being_saved(token) else token


def offer() -> None:
    """Lead back to what this visitor recorded on this page and has not saved."""
    _, images = recorded.unsaved()
    if not images:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(recorded.told(images), width="stretch")
        if st.button("Go on", key="collect_go_on"):
            open_webcam()


def show(token: str, dataset: Dataset | None) -> None:
    """Draw the recorder, what came of it, and how to save it."""
    state.put(recorded.TOKEN, token)
    state.set_here(PARAMETER, token)
    state.set_here(recorded.PARAMETER, None)
    folder = collect.folder_of(workspace(), token)
    log = collect_log.read(folder)
    frames = log.frames
    kept = _kept(frames)
    key = f"collect_{collect.public_name(token)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Record with the webcam", anchor=False, width="stretch")
        if st.button("Back", icon=":material/arrow_back:", key="collect_back"):
            close()
            st.rerun()
    st.caption(ADVICE)
    works = camera.offered(instead="add pictures by “Add data”")
    left, right = st.columns([5, 4], gap="large")
    wanted = state.once(_into(token), lambda: state.here(INTO) or NEW_SET)
    into = dataset if dataset and dataset.name == wanted else None
    with right:
        into = destination.adds_to(dataset, key, new_set=state.once(f"{key}_new_set", lambda: into is None))
    state.put(_into(token), into.name if into else NEW_SET)
    state.set_here(INTO, into.name if into else None)  # a refresh must not add them to another data set
    with left:
        label = _choose_class(frames, into, key) if works else ""
        record(token, label, frames, works)
    with right:
        if not frames:
            _undo(folder, log)
            st.caption(
                "Bursts that look alike count as fewer. The frames of a burst are much alike, so it stays whole on one side of "
                "the split: it trains, or it tests."
            )
            return
        _say_what_came(frames, into)
        came = destination.Came(token, len(kept), "webcam", "the webcam")
        destination.save(came, into, key)
        if into is None and len({frame.label for frame in kept}) == 1:
            st.caption("One class so far. A classifier needs two: name the next one, and record it.")
        with st.container(horizontal=True):
            _change_burst(token, frames, _known(frames, into), label, key)
            _throw_away(token, len(kept))
        _undo(folder, log)


def _known(frames: Sequence[collect.Frame], into: Dataset | None) -> list[str]:
    return list(dict.fromkeys([*(frame.label for frame in frames), *(into.classes if into else ())]))


def _choose_class(frames: Sequence[collect.Frame], into: Dataset | None, key: str) -> str:
    known = _known(frames, into)
    begun = state.here(RECORDED_CLASS) or (frames[-1].label if frames else None)
    offered = [*known, begun] if begun and begun not in known else known
    wanted = st.selectbox(
        "Class to record",
        offered,
        index=offered.index(begun) if begun else None,
        accept_new_options=True,
        placeholder="Name a class" + (" or choose one" if known else ""),
        key=f"{key}_class",
    )
    try:
        label = collect.class_of(wanted, known) if wanted else ""
    except InputError as error:
        show_error(error)
        label = ""
    state.set_here(RECORDED_CLASS, label or None)  # a refresh must not record under another one
    return label


def _say_what_came(frames: Sequence[collect.Frame], into: Dataset | None) -> None:
    images, bursts = Counter(frame.label for frame in _kept(frames)), collect.bursts_of(frames)
    if into and bursts and (against := collect.misfits(into, list(bursts))):
        st.warning(plain(" ".join(against)), icon=":material/info:")
    for label, numbers in bursts.items():
        in_bursts = count(len(numbers), "bursts", "burst")
        st.markdown(f"**{plain(label)}** · {count(images[label], 'images', 'image')} in {in_bursts}")
    enough = {label: sum(number >= collect.FEW_FRAMES for number in numbers) for label, numbers in bursts.items()}
    if slips := [label for label, numbers in bursts.items() if enough[label] < len(numbers)]:
        few = f"Bursts of fewer than {collect.FEW_FRAMES} frames: {plain(', '.join(slips))}. They do not count. "
        st.warning(f"{few}Hold the button down while the object turns.", icon=":material/info:")
    sides = {label: number + _splits_there(into, label) for label, number in enough.items()}
    one = [label for label, number in sides.items() if number == 1]
    two = [label for label, number in sides.items() if number == ENOUGH - 1]
    if one:
        st.warning(
            f"One burst only: {plain(', '.join(one))}. All its frames train, and none is left to validate with, which every "
            f"training needs. Record one more burst of {plain(', '.join(one))} {DIFFERENTLY}; with three there is one to test with too.",
            icon=":material/info:",
        )
    if two:
        st.info(
            f"Two bursts: {plain(', '.join(two))}. One trains, one validates. One more burst of {plain(', '.join(two))} "
            f"{DIFFERENTLY} gives images to test with.",
            icon=":material/info:",
        )


def _splits_there(into: Dataset | None, label: str) -> int:
    """In how many splits the data set has images of the class."""
    label = collect.class_of(label, into.classes) if into else label
    if into is None or label not in into.classes:
        return 0
    index = cached.index(into.reference)
    return index.loc[(index["label"] == label).to_numpy(), "split"].nunique()


def _change_burst(token: str, frames: Sequence[collect.Frame], classes: list[str], recording: str, key: str) -> None:
    """One burst gets another class, or goes: what was recorded under the wrong name is not recorded anew."""
    folder = collect.folder_of(workspace(), token)
    label_of = {frame.burst: frame.label for frame in frames}
    number = Counter(frame.burst for frame in _kept(frames))  # as the tiles count them
    place = {
        burst: list(label_of.values())[: at + 1].count(label) for at, (burst, label) in enumerate(label_of.items())
    }
    changes = state.get(f"{key}_changes", 0)  # after each the popover is another one, which is closed
    with st.popover("Change a burst", icon=":material/edit:", key=f"{key}_change_{changes}"):
        words = {
            one: f"{label} · burst {place[one]} · {count(number[one], 'frames', 'frame')}"
            for one, label in label_of.items()
        }
        burst = st.selectbox(
            "Burst",
            list(words),
            index=len(words) - 1,
            format_func=words.__getitem__,
            key=f"{key}_burst_{hash(tuple(words.items()))}",  # Streamlit keeps the words that were chosen
        )
        _strip(token, [frame.id for frame in frames if frame.burst == burst])
        typed = st.selectbox(
            "Its class: choose one, or type a new name",
            classes,
            index=classes.index(label_of[burst]),
            accept_new_options=True,
            key=f"{key}_burst_class_{burst}_{label_of[burst]}",
        )
        try:
            label = collect.class_of(typed or "", classes)
        except InputError as error:
            show_error(error)
            label = ""
        old = label_of[burst]
        changed = bool(label) and label != old
        st.button(
            plain(f"Move it to {label}") if changed else "Move it",
            disabled=not changed,
            key="collect_relabel",
            on_click=partial(_move_bursts, folder, [burst], old, label, recording, key),
        )
        of_class = [one for one, its_label in label_of.items() if its_label == old]
        if changed and len(of_class) > 1:
            st.button(
                plain(f"Move all {len(of_class)} bursts of {old} to {label}"),
                key="collect_relabel_all",
                on_click=partial(_move_bursts, folder, of_class, old, label, recording, key),
            )
        if st.button("Throw this burst away", key="collect_throw_burst"):
            collect.throw_burst_away(folder, burst)
            state.put(f"{key}_changes", changes + 1)
            st.rerun()


def _move_bursts(folder: Path, bursts: Sequence[str], old: str, new: str, recording: str, key: str) -> None:
    """Give bursts another class. Where nothing is left of the old one and it is being recorded, the new one is from now on."""
    for burst in bursts:
        collect.relabel_burst(folder, burst, new)
    state.put(f"{key}_changes", state.get(f"{key}_changes", 0) + 1)
    if recording == old and not any(frame.label == old for frame in collect.frames(folder)):
        state.put(f"{key}_class", new)


def _strip(token: str, frame_ids: list[str]) -> None:
    """A few frames of a burst, from its beginning to its end."""
    some = [frame_ids[at * (len(frame_ids) - 1) // (SHOWN - 1)] for at in range(SHOWN)]
    pictures = "".join(f'<img alt="" src="{html.escape(frames_url(token))}/{one}">' for one in dict.fromkeys(some))
    st.html(f'{STRIP_CSS}<div class="strip" role="img" aria-label="Frames of this burst">{pictures}</div>')


def _undo(folder: Path, log: Log) -> None:
    """Say what was done last, with the way back from it, and what was just undone, with the way to do it again."""
    lines = [
        ("Undo", "", log.to_undo, collect_log.undo),
        ("Redo", "Undone: ", log.to_redo, collect_log.redo),
    ]
    for word, before, change, act in lines:
        if change is None:
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(before + plain(log.in_words(change)), width="content")
            st.button(
                word,
                icon=f":material/{word.lower()}:",
                type="tertiary",
                key=f"collect_{word.lower()}_{change.number}",  # a second click is not one on the change before
                on_click=partial(act, folder, change.number),
            )


def _throw_away(token: str, images: int) -> None:
    with st.popover("Throw all away", icon=":material/delete:"):
        st.markdown("This cannot be undone.")
        if st.button(f"Throw {count(images, 'images', 'image')} away", key="collect_throw_away"):
            collect.throw_away(collect.folder_of(workspace(), token))
            close()
            st.rerun()


def _into(token: str) -> str:
    """Where the session keeps to which data set the recording goes."""
    return f"collect_{collect.public_name(token)}_into"


def _kept(frames: Sequence[collect.Frame]) -> list[collect.Frame]:
    return [frame for frame in frames if not frame.dropped]

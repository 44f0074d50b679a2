"""What came to a collection and what was done to it, read off its events: a stack of changes that can be undone.

frame    a picture came; the first one of a burst is a change: the burst was recorded
burst, throw, drop    a burst got another class or went; a frame was left out, or put back
undo, redo    the change of that number (its place in the log) was taken back, or done again

A line that lacks what its kind says, as after somebody edited the file, is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.workspace import events

RECORDED, MOVED, THROWN, LEFT_OUT, PUT_BACK = "recorded", "moved", "thrown", "left out", "put back"
WORDS = {RECORDED: "was recorded", THROWN: "was thrown away", LEFT_OUT: "was left out", PUT_BACK: "was put back"}
OF_A_FRAME = (LEFT_OUT, PUT_BACK)
FRAME = re.compile(r"[0-9a-z]{1,20}-[0-9]{1,5}")
SAYS: dict[str, dict[str, type]] = {  # each kind of line, beside the id
    "frame": {"label": str, "name": str},
    "burst": {"label": str},
    "throw": {},
    "drop": {"dropped": bool},
    "undo": {},
    "redo": {},
}


@dataclass(frozen=True)
class Frame:
    """One picture of a collection.

    Args:
        id: `<burst>-<number>`, which is also its file's name.
        label: Its class; "" where that is said at the end, for all of them.
        name: What the file was called on the visitor's machine; "" for a webcam's frame.
        dropped: Whether somebody sorted it out.
    """

    id: str
    label: str
    name: str = ""
    dropped: bool = False

    @property
    def burst(self) -> str:
        """What it was recorded with in one go."""
        return self.id.partition("-")[0]

    @property
    def place(self) -> int:
        """Its place in the burst, from 0."""
        return int(self.id.partition("-")[2])


@dataclass(frozen=True)
class Change:
    """One thing that a person did.

    Args:
        number: Its place in the log.
        kind: `RECORDED`, `MOVED` to another class, `THROWN` away: a burst; `LEFT_OUT`, `PUT_BACK`: a frame.
        id: Of the burst, or of the frame.
        label: The class that a burst was moved to.
    """

    number: int
    kind: str
    id: str
    label: str = ""

    @property
    def burst(self) -> str:
        """The burst that it is of."""
        return self.id.partition("-")[0]


@dataclass(frozen=True)
class Log:
    """What stands in the log of a collection.

    Args:
        came: The pictures whose files are there, as they came, whatever was done to them: the bursts in the order in
            which they came, the pictures of each in that of their numbers, for two are on their way at a time.
        done: The changes that hold, in their order, but for those of bursts whose files are gone.
        undone: Those that were taken back since the last change, the last one at the end.
    """

    came: tuple[Frame, ...]
    done: tuple[Change, ...]
    undone: tuple[Change, ...]

    @property
    def frames(self) -> list[Frame]:
        """The pictures as they are now, the dropped ones too, in the order of `came`."""
        return _after(self.came, self.done)

    @property
    def to_undo(self) -> Change | None:
        """The last change that holds."""
        return self.done[-1] if self.done else None

    @property
    def to_redo(self) -> Change | None:
        """The change that was taken back last."""
        return self.undone[-1] if self.undone else None

    def in_words(self, change: Change) -> str:
        """What was done, in a sentence that names the burst as it was called just before (a new one: since)."""
        last = change.number if change.kind == RECORDED else change.number - 1
        changes = sorted({*self.done, change}, key=lambda one: one.number)
        label_of = {one.burst: one.label for one in _after(self.came, [c for c in changes if c.number <= last])}
        label = label_of.get(change.burst, "")
        alike = [burst for burst, of in label_of.items() if of == label]
        place = alike.index(change.burst) + 1 if change.burst in alike else len(alike) + 1
        words = f"was moved to {change.label}" if change.kind == MOVED else WORDS[change.kind]
        if change.kind in OF_A_FRAME:
            return f"Frame {int(change.id.partition('-')[2]) + 1} of burst {place} of {label} {words}."
        return f"Burst {place} of {label} {words}."


def read(folder: Path) -> Log:
    """The log of the collection in `folder`."""
    found: dict[str, Frame] = {}
    done: list[Change] = []
    undone: list[Change] = []
    bursts: dict[str, int] = {}
    for number, event in enumerate(events.read(folder)[0]):
        if not _is_whole(event):
            continue
        kind, name = event["event"], event["id"]
        if kind in ("undo", "redo"):
            source, target = (done, undone) if kind == "undo" else (undone, done)
            if moved := _meant(source, event):
                source.remove(moved)
                target.append(moved)
                done.sort(key=lambda one: one.number)
            continue
        if kind == "frame":
            found[name] = frame = Frame(name, event["label"], event["name"])
            if frame.burst in bursts:
                continue
            bursts[frame.burst] = len(bursts)
            done.append(Change(number, RECORDED, frame.burst))
        elif kind == "drop":
            done.append(Change(number, LEFT_OUT if event["dropped"] else PUT_BACK, name))
        else:
            done.append(Change(number, MOVED if kind == "burst" else THROWN, name, event.get("label", "")))
        undone.clear()
    there_now = [frame for frame in found.values() if (folder / frame.id).is_file()]
    came = tuple(sorted(there_now, key=lambda frame: (bursts[frame.burst], frame.place)))
    there = {frame.burst for frame in came}
    held = tuple(change for change in done if change.burst in there)
    return Log(came, held, tuple(change for change in undone if change.burst in there))


def _is_whole(event: dict[str, Any]) -> bool:
    kind, name = event["event"], event.get("id")
    if kind not in SAYS or not isinstance(name, str) or (kind in ("frame", "drop") and not FRAME.fullmatch(name)):
        return False
    return all(isinstance(event.get(key), of) for key, of in SAYS[kind].items())


def undo(folder: Path, number: int) -> None:
    """Take the last change back; nothing where that is not the one of this `number`, as after a second click."""
    _note("undo", folder, number, lambda log: log.to_undo)


def redo(folder: Path, number: int) -> None:
    """Do again what was taken back last; nothing where that is not the change of this `number`."""
    _note("redo", folder, number, lambda log: log.to_redo)


def _note(event: str, folder: Path, number: int, offered: Callable[[Log], Change | None]) -> None:
    change = offered(read(folder))
    if change is not None and change.number == number:
        events.append(folder, event, id=change.id, number=number)


def _meant(changes: Sequence[Change], event: dict[str, Any]) -> Change | None:
    """Of `changes` the one that an undo or redo names; in older logs it says only which burst."""
    if "number" in event:
        return next((one for one in changes if one.number == event["number"]), None)
    of_burst = [one for one in changes if one.kind in (MOVED, THROWN) and one.id == event["id"]]
    return of_burst[-1] if of_burst else None


def _after(came: Sequence[Frame], changes: Sequence[Change]) -> list[Frame]:
    """The pictures as `changes` leave them; those too that came late."""
    there: set[str] = set()
    label_of: dict[str, str] = {}
    dropped: dict[str, bool] = {}
    for change in changes:
        if change.kind == RECORDED:
            there.add(change.id)
        elif change.kind == MOVED:
            label_of[change.id] = change.label
        elif change.kind == THROWN:
            there.discard(change.id)
        else:
            dropped[change.id] = change.kind == LEFT_OUT
    return [
        replace(frame, label=label_of.get(frame.burst, frame.label), dropped=dropped.get(frame.id, False))
        for frame in came
        if frame.burst in there
    ]

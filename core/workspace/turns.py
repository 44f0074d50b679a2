"""Changing the order of those that wait: as few priorities as possible are raised, none is lowered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.errors import InputError

if TYPE_CHECKING:
    from core.workspace.queue import Job

PLACES: dict[str, Callable[[int, int], int]] = {  # (place now, last place) -> place then
    "first": lambda place, last: 0,
    "up": lambda place, last: max(place - 1, 0),
    "down": lambda place, last: min(place + 1, last),
    "last": lambda place, last: last,
}


def moved(queued: Sequence[Job], job_id: str, to: str) -> list[Job]:
    """Those of `queued` whose priority changes so that `job_id`, which is among them, goes where `to` says.

    Args:
        queued: In the order of their turns.
        to: A key of `PLACES`. The first cannot go up, nor the last down: nothing changes then.

    Raises:
        InputError: There is no such place.
    """
    if to not in PLACES:
        raise InputError(f"A job cannot be moved to {to!r}; it can be moved to {', '.join(PLACES)}.")
    order = list(queued)
    place = next(place for place, job in enumerate(order) if job.id == job_id)
    order.insert(PLACES[to](place, len(order) - 1), order.pop(place))
    changed = []
    for place in range(len(order) - 2, -1, -1):
        ahead, behind = order[place], order[place + 1]
        if ahead.turn > behind.turn:
            in_time = dataclasses.replace(ahead, priority=behind.priority).turn < behind.turn
            order[place] = dataclasses.replace(ahead, priority=behind.priority + (not in_time))
            changed.append(order[place])
    return changed

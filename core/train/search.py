"""Which combinations of settings a sweep tries: all of them, or some drawn at random.

The values of a setting are text: "0.001, 0.003, 0.01" lists them, "1e-4..1e-1" is a range, which only a random search
takes. It is drawn evenly in its logarithm, because what matters of a learning rate is its magnitude; a range that
begins at 0 or below is drawn evenly.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from core.errors import ConfigError
from core.settings import number, value_of
from core.train.config import TrainConfig
from core.train.values import GROUPS, NOT_SEARCHED, is_whole

MOST_RUNS = 200
FARTHEST = 1e12  # from 0, of the end of a range
TRIES = 100  # for each draw that must differ from all before


def combinations(
    base: TrainConfig, over: Mapping[str, str], draws: int | None = None, most: int | None = None, seed: int = 0
) -> list[dict[str, Any]]:
    """What to try: [{"learning_rate": 0.001, "batch_size": 32}, …], each once.

    Args:
        base: Tells which settings take whole numbers.
        over: Settings with their values as text.
        draws: How many to draw at random; None for all combinations of the lists.
        most: Fewer than that of either: of all combinations so many are drawn at random.
        seed: Decides what is drawn.

    Raises:
        ConfigError: A setting cannot be searched, its values cannot be read, or there would be too many runs.
    """
    if not over:
        raise ConfigError("A sweep needs a setting with several values, as learning_rate=0.001,0.01.")
    for name, given in (("number of draws", draws), ("budget", most)):
        if given is not None and given < 1:
            raise ConfigError(f"The {name} of a sweep is {given}; it must be 1 or more.")
    choices = {field: _read(field, text) for field, text in over.items()}
    return _grid(choices, most, seed) if draws is None else _drawn(base, choices, min(draws, most or draws), seed)


def _read(field: str, text: str) -> list[Any] | tuple[float, float]:
    """A list of values, or (low, high) of a range."""
    if field in GROUPS:
        raise ConfigError(f"{field} cannot be searched as a whole. Take single settings, as augment.rotation=0,0.1.")
    if field in NOT_SEARCHED:
        raise ConfigError(f"{field} cannot be searched: it is the same for all runs of a sweep.")
    low, dots, high = text.partition("..")
    if dots:
        end = f"{field}={text} is not a range: an end"
        first, last = (number(end, value_of(part.strip()), -FARTHEST, FARTHEST) for part in (low, high))
        if not first < last:
            raise ConfigError(f"{field}={text} is not a range; it is written LOW..HIGH, as 1e-4..1e-1.")
        return first, last
    values: list[Any] = []
    for part in text.split(","):
        value = value_of(part.strip())
        if part.strip() and value not in values:
            values.append(value)
    if not values:
        raise ConfigError(f"{field} has no values. List them with commas, as {field}=1,2,4.")
    return values


def _grid(choices: dict[str, Any], most: int | None, seed: int) -> list[dict[str, Any]]:
    for field, values in choices.items():
        if isinstance(values, tuple):
            raise ConfigError(
                f"{field} has a range, {values[0]:g}..{values[1]:g}: a random search draws from it. List its values to "
                "try all combinations, or say how many to draw."
            )
    sizes = [len(values) for values in choices.values()]
    total = math.prod(sizes)
    wanted = min(total, most or total)
    _check_number(wanted)
    places = range(total) if wanted == total else sorted(random.Random(seed).sample(range(total), wanted))
    return [_at(choices, place) for place in places]


def _at(choices: dict[str, list[Any]], place: int) -> dict[str, Any]:
    """The combination of that number; the last setting changes fastest."""
    found = {}
    for field, values in reversed(choices.items()):
        place, index = divmod(place, len(values))
        found[field] = values[index]
    return {field: found[field] for field in choices}


def _drawn(base: TrainConfig, choices: dict[str, Any], draws: int, seed: int) -> list[dict[str, Any]]:
    _check_number(draws)
    source = random.Random(seed)
    found: list[dict[str, Any]] = []
    for _ in range(draws * TRIES):
        one = {field: _draw(source, values, is_whole(base, field)) for field, values in choices.items()}
        if one not in found:
            found.append(one)
        if len(found) == draws:
            break
    return found


def _draw(source: random.Random, values: list[Any] | tuple[float, float], whole: bool) -> Any:
    if isinstance(values, list):
        return source.choice(values)
    low, high = values
    drawn = math.exp(source.uniform(math.log(low), math.log(high))) if low > 0 else source.uniform(low, high)
    drawn = min(max(float(f"{drawn:.3g}"), low), high)  # digits beyond the third decide nothing
    return round(drawn) if whole else drawn


def _check_number(runs: int) -> None:
    if runs > MOST_RUNS:
        raise ConfigError(
            f"That would be {runs:,} runs; a sweep has {MOST_RUNS} at most. Take fewer values, or a budget of runs."
        )

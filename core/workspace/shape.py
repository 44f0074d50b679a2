"""Whether a JSON value has the fields of a dataclass, each of its type: files are changed by hands and by other programs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from core.settings import brief

T = TypeVar("T")


def an_object(value: Any) -> dict[str, Any]:
    """`value`, if it is a JSON object. Raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError(f"it holds {brief(value)}, not an object")
    return value


def flat(kind: type[T]) -> Callable[[Any], T]:
    """Makes a `kind` of a JSON object that has its fields."""
    return lambda value: kind(**fields_of(kind, value))


def fields_of(kind: Any, value: Any) -> dict[str, Any]:
    """`value`, if it is a JSON object that has the fields of the dataclass `kind`, each of its type.

    Fields that are dataclasses themselves, or that `kind` does not have, are its own reader's.

    Raises:
        TypeError: It has not.
    """
    hints = _hints(kind)
    given = an_object(value)
    missing = [name for name in _needed(kind) if name not in given]
    if missing:
        raise TypeError(f"it has no {missing[0]!r}")
    for name, one in given.items():
        if name in hints and not fits(one, hints[name]):
            raise TypeError(f"{name!r} is {brief(one)}")
    return given


def fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value is of the type `hint`; a list does for a tuple, a whole number for a float."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any or is_dataclass(hint):
        return True
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if origin is dict:
        return isinstance(value, dict) and _all_fit([*value], parts[0]) and _all_fit([*value.values()], parts[1])
    if origin in (list, tuple):
        each = parts[:1] if origin is list or parts[1:] == (...,) else parts
        return isinstance(value, list | tuple) and _all_fit(value, *each)
    return _is_one(value, hint)


def _all_fit(values: Sequence[Any], *hints: Any) -> bool:
    if len(hints) == 1 and {*map(type, values)} <= {*hints}:
        return True  # at once: a data set has a thousand classes, a list of its versions hundreds of times as many
    each = hints * len(values) if len(hints) == 1 else hints
    return len(each) == len(values) and all(map(fits, values, each))


def _is_one(value: Any, hint: Any) -> bool:
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, int | float if hint is float else NoneType if hint is None else hint)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@functools.cache
def _needed(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING)

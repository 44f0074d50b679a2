"""What a command takes as a word, a number or a path, and how it refuses one: in words, as every other error."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import NoReturn

from core.errors import InputError
from core.file_names import SURROGATE

PATHS = ("workspace", "source", "file", "out", "paths", "csv")
LARGEST = 2**63 - 1


class Parser(argparse.ArgumentParser):
    """argparse's, but that wrong usage is an InputError, and that numbers are finite."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.register("type", int, _whole)
        self.register("type", float, _finite)

    def error(self, message: str) -> NoReturn:
        """Print the usage and raise InputError."""
        self.print_usage(sys.stderr)
        raise InputError(f"{message}. `{self.prog} --help` says what it takes.")


def check_text(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """Raise InputError if a word that is no path is not UTF-8: no name and no value of a setting is of other bytes."""
    words = [*rest]
    for name, given in vars(options).items():
        if name not in PATHS:
            words += given if isinstance(given, list) else [given]
    for word in words:
        if isinstance(word, str) and SURROGATE.search(word):
            raise InputError(f"{word} is not UTF-8; only the path of a file may be of other bytes.")


def _whole(word: str) -> int:
    number = int(word)
    if abs(number) > LARGEST:
        raise argparse.ArgumentTypeError(f"{word[:20]}… is too large")
    return number


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{word[:20]} is not finite")
    return number

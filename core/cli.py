"""The command line: `python -m core [--workspace DIR] COMMAND [--json]`.

With --json exactly one JSON object goes to standard output, {"error": message} where it failed; progress and logs go
to standard error.
Exit 0 done, 2 the input is at fault, 1 Fovea is at fault.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

from core.commands.nested import read_nested
from core.commands.parsing import Parser, check_text
from core.errors import FoveaError, InputError, Stopped
from core.file_names import SURROGATE, printable, shown
from core.workspace import Workspace
from core.workspace.paths import UNFINISHED
from core.workspace.room import said

COMMANDS = {
    "core.commands.data": ("data",),
    "core.commands.runs": ("train", "find-rate", "runs"),
    "core.commands.sweeps": ("sweep", "sweeps"),
    "core.commands.answers": ("evaluate", "predict"),
    "core.commands.weaknesses": ("slices", "robustness"),
    "core.commands.comparison": ("compare",),
    "core.commands.decisions": ("calibrate", "decide"),
    "core.commands.machine": ("devices", "doctor"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give back its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given
    for name in ("stdout", "stderr"):  # some daemons close them
        if getattr(sys, name) is None:
            setattr(sys, name, io.StringIO())
    try:
        parser = build_parser(_named(given))
        options, rest = parser.parse_known_args(given)
        as_json = options.json
        check_text(options, rest)
        if rest and not options.groups:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        with contextlib.redirect_stdout(sys.stderr):  # libraries print too
            workspace = Workspace.open(options.workspace)
            _finish_renaming(workspace)
            options.nested = read_nested(rest, options.groups)
            answer, words = options.run(workspace, options)
    except (InputError, Stopped) as error:
        return _fail(str(error), 2, as_json)
    except FoveaError as error:
        return _fail(str(error), 1, as_json)
    except (OSError, sqlite3.Error) as error:
        if not (of_the_disk := said(error)):
            raise
        return _fail(of_the_disk, 2, as_json)
    except KeyboardInterrupt:
        return _fail("Stopped.", 2, as_json)
    lines = [words] if isinstance(words, str) else words
    return _say(_json(answer) if as_json else "\n".join(map(shown, lines)))


def build_parser(modules: Sequence[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """The commands of these modules and their options; of all by default."""
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    common.add_argument("--workspace", metavar="DIR", default=argparse.SUPPRESS, help="where data and runs are")
    parser = Parser("python -m core", description="Fovea on the command line.", allow_abbrev=False)
    where = "where data and runs are ($FOVEA_WORKSPACE, ./workspace)"
    parser.add_argument("--workspace", metavar="DIR", help=where)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(parent: Any, name: str, run: Any, help: str, groups: Sequence[str] = ()) -> argparse.ArgumentParser:
        sub = parent.add_parser(name, parents=[common], help=help, description=help, allow_abbrev=False)
        sub.set_defaults(run=run, groups=groups)
        return sub

    for module in modules:
        importlib.import_module(module).add_to(commands, command)
    return parser


def _finish_renaming(workspace: Workspace) -> None:
    """Finish what a process began that was killed while it gave a data set another name."""
    if (workspace.root / UNFINISHED).exists():  # else nothing is imported
        from core.evaluate.renaming import finish_renaming

        finish_renaming(workspace)


def _named(words: Sequence[str]) -> list[str]:
    """The modules of all commands that the words may mean: the others need not be imported, which takes most of a second."""
    return [module for module, names in COMMANDS.items() if not set(names).isdisjoint(words)] or list(COMMANDS)


def _say(text: str) -> int:
    """Print the answer. Whoever reads it may have seen enough, as `head` does: the command is done even so."""
    try:
        print(_encodable(text), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        if not isinstance(error, BrokenPipeError):
            print(f"The command is done; its answer could not be written ({error.strerror}).", file=sys.stderr)
            return 2
    return 0


def _encodable(text: str) -> str:
    """`text` for an output that may know no more letters than ASCII's."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _fail(message: str, code: int, as_json: bool) -> int:
    print(shown(message), file=sys.stderr)
    if as_json:
        _say(_json({"error": printable(message)}))
    return code


def _json(answer: dict[str, Any]) -> str:
    """One line of JSON, of valid Unicode whatever names are in it."""
    in_ascii = "utf" not in (sys.stdout.encoding or "utf-8").lower()
    text = json.dumps(answer, ensure_ascii=in_ascii, allow_nan=False)
    return SURROGATE.sub(lambda found: json.dumps(printable(found[0]))[1:-1], text)

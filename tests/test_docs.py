"""README says what there is: no more, no less."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from core.augment.operations import OPERATIONS
from core.cli import build_parser
from core.data.sources import KNOWN
from core.jobs.kinds import KINDS
from core.train.presets import PRESETS
from models import ARCHITECTURES

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def commands(parser: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> list[str]:
    """Every command of the parser, with its groups: "data add"."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        return [" ".join(before)]
    return [
        found for group in groups for name, sub in group.choices.items() for found in commands(sub, (*before, name))
    ]


@pytest.mark.parametrize("command", commands(build_parser()))
def test_readme_names_every_command(command):
    assert re.search(rf"(python -m core |`){command}\b", README)


def test_readme_runs_only_commands_that_exist():
    parser = build_parser()
    lines = re.findall(r"^    python -m core (.+)$", README, re.MULTILINE)
    assert len(lines) > 10
    for line in lines:
        parser.parse_known_args(line.split())


@pytest.mark.parametrize("table", [OPERATIONS, PRESETS, ARCHITECTURES, KNOWN], ids=["augment", "preset", "net", "data"])
def test_readme_names_every_line_of_the_tables(table):
    assert [name for name in table if f"`{name}`" not in README] == []


def test_every_page_has_a_picture():
    table = (PROJECT / "pages/shared/navigation.py").read_text(encoding="utf-8")
    for page in re.findall(r'\("(\w+)\.py", "', table):
        assert f"docs/pictures/{page}.png" in README
        assert (PROJECT / f"docs/pictures/{page}.png").stat().st_size > 10_000


def test_every_job_kind_has_a_module_with_run():
    for module in KINDS.values():
        path = PROJECT / (module.replace(".", "/") + ".py")
        assert "\ndef run(context: Context)" in path.read_text(encoding="utf-8")


def test_no_path_of_a_machine_in_the_project():
    for path in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "core").rglob("*.py")]:
        assert not re.search(r"/(home|work|root)/\w", path.read_text(encoding="utf-8")), path

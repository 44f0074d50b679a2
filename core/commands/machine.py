"""What this machine has."""

from __future__ import annotations

import argparse
from typing import Any

from core import devices
from core.commands.line import Answer
from core.workspace import Workspace


def add_to(commands: Any, command: Any) -> None:
    """`devices` and `doctor`"""
    command(commands, "devices", show_devices, "Processors, memory and GPUs.")
    command(commands, "doctor", doctor, "Whether this machine has what Fovea needs.")


def show_devices(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`devices`"""
    value = devices.describe()
    cpu = value["cpu"]
    lines = [f"CPU: {cpu['cores']} cores, {cpu['load_percent']:g} % busy, {cpu['memory_used_mb']:,} of "
             f"{cpu['memory_mb']:,} MB used"]  # fmt: skip
    lines += [f"GPU {gpu['index']}: {gpu['name']}, {gpu['memory_used_mb']:,} of {gpu['memory_mb']:,} MB used"
              for gpu in value["gpus"]]  # fmt: skip
    return value, lines


def doctor(workspace: Workspace, options: argparse.Namespace) -> Answer:
    """`doctor`"""
    from core.doctor import examine

    findings = examine(workspace)
    lines = [f"{'ok ' if one['ok'] else 'BAD'} {one['check']}: {one['message']}" for one in findings]
    return {"ok": all(one["ok"] for one in findings), "checks": findings}, lines

"""Where trainings run: each GPU is a place for one; a machine without a GPU is one place.

A place's environment is set before its process begins, so that TensorFlow never sees another GPU.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from core.devices import gpus

VISIBLE = "CUDA_VISIBLE_DEVICES"
ORDER = "CUDA_DEVICE_ORDER"
NAME = "FOVEA_DEVICE"
CPU = "CPU"
AND = " and "
NONE = ("", "-1")  # what CUDA takes for no GPU


@dataclass(frozen=True)
class Place:
    """A device for one training at a time.

    Args:
        gpu: What CUDA calls it; None for the processors, "" for them where there are GPUs.
        name: What people call it: "GPU 1, NVIDIA H100".
    """

    gpu: str | None = None
    name: str = CPU

    @property
    def environment(self) -> dict[str, str]:
        """What the process that runs there is told."""
        if self.gpu is None:
            return {NAME: self.name}
        # By itself CUDA counts from the fastest, nvidia-smi in the order of the slots.
        return {ORDER: os.environ.get(ORDER, "PCI_BUS_ID"), VISIBLE: self.gpu, NAME: self.name}


def places() -> list[Place]:
    """Where trainings may run at the same time; only GPUs of `CUDA_VISIBLE_DEVICES` where that is set."""
    names = {str(gpu["index"]): gpu["name"] for gpu in gpus()}
    visible = [one.strip() for one in os.environ.get(VISIBLE, ",".join(names)).split(",")] if names else []
    found = [Place(one, f"GPU {one}, {names[one]}" if one in names else f"GPU {one}") for one in visible]
    return [place for place in found if place.gpu not in NONE] or [Place()]


def joined(several: Sequence[Place]) -> Place:
    """One place of several GPUs, for a training that shares its batches among them."""
    if len(several) == 1:
        return several[0]
    return Place(",".join(str(place.gpu) for place in several), AND.join(place.name for place in several))


def parts(all_places: Sequence[Place], name: str) -> list[Place]:
    """Those of `all_places` that a place of that name joins; the first where none is known by it."""
    return [place for place in all_places if place.name in name.split(AND)] or list(all_places[:1])


def beside(all_places: list[Place]) -> Place:
    """Where a light job runs: on the processors, for a process that sees a GPU takes all of its memory."""
    return Place("") if all_places[0].gpu else Place()


def here() -> str:
    """What the device of this process is called."""
    return os.environ.get(NAME, CPU)

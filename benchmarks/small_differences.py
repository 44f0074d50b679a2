"""Photos whose classes differ in small things, by `quick_plus` and by `quick`: what each class is answered right on average.

Made here of scikit-image's photos, other ones for each seed: parts with a scratch, a spot or neither, six of ten of them fine; photos
that are sharp, a little out of focus or a little shaken. Then two sets whose classes differ in much: scenes and digits.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from benchmarks import originals, scenes
from benchmarks.comparison import run_json
from benchmarks.options import Options

SIDE = 320
LEAST_CONTRAST = 6.0
RECIPES = ("quick", "quick_plus")
LEAST_GAIN, CHANCE = 0.02, 0.02
KEPT = 1.5  # times what was said before, at most


@dataclass(frozen=True)
class Gained:
    """Balanced accuracies of a set, the mean of all seeds.

    Args:
        case: The set.
        quick, plus: In 0..1.
        seconds, plus_seconds: Of a training, the median.
        off: How far the time was from what was said before, times, at most, once such a run was made here.
        least: What the difference must be.
    """

    case: str
    quick: float
    plus: float
    seconds: float
    plus_seconds: float
    off: float
    least: float

    @property
    def met(self) -> bool:
        """Whether both bars are."""
        return self.plus - self.quick >= self.least and self.off <= KEPT

    def line(self) -> str:
        """It in words."""
        return (
            f"{self.case:22} quick {self.quick * 100:5.1f} %  quick_plus {self.plus * 100:5.1f} %  "
            f"{(self.plus - self.quick) * 100:+5.1f} points (≥ {self.least * 100:+g})  {self.seconds:4.1f} s and "
            f"{self.plus_seconds:4.1f} s, off by {self.off:.2f} (≤ {KEPT:g})  {'met' if self.met else 'MISSED'}"
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "met": self.met}


def compare(options: Options) -> list[Gained]:
    """Four sets, `options.seeds` draws of each but the digits."""
    made: dict[str, tuple[Callable[[Path, int], object], float]] = {
        "scratches and spots": (_marks, LEAST_GAIN),
        "focus": (_focus, LEAST_GAIN),
        "scenes": (lambda folder, seed: scenes.write(folder, 400, seed), -CHANCE),
        "digits": (lambda folder, seed: None, -CHANCE),
    }
    root = options.folder / "small_differences"
    found = []
    for case, (make, least) in made.items():  # digits are what they are
        runs: dict[str, list[dict[str, Any]]] = {recipe: [] for recipe in RECIPES}
        for seed in range(options.seeds if case != "digits" else 1):
            folder, name = options.folder / f"{case}-{seed}", f"{case}-{seed}"
            make(folder, seed)
            source = folder if folder.exists() else "digits"
            _fovea(root, "data", "add", source, "--name", name)
            for recipe in RECIPES:
                runs[recipe].append(_trained(root, name, recipe))
        known = [one["off"] for of_recipe in runs.values() for one in of_recipe if one["known_by"] == "runs"]
        quick, plus = (runs[recipe] for recipe in RECIPES)
        accuracies = [statistics.mean(one["balanced_accuracy"] for one in of) for of in (quick, plus)]
        seconds = [statistics.median(one["seconds"] for one in of) for of in (quick, plus)]
        found.append(Gained(case, *accuracies, *seconds, max(known, default=1.0), least))
    return found


def _trained(root: Path, name: str, recipe: str) -> dict[str, Any]:
    said = run_json("-m", "benchmarks.said", root, name, recipe)
    answer = _fovea(root, "train", name, "--preset", recipe)
    figures = _fovea(root, "evaluate", answer["run"])
    took = answer["seconds"]
    off = max(took / said["high"], said["low"] / took, 1.0)
    return {
        "balanced_accuracy": figures["balanced_accuracy"],
        "seconds": took,
        "known_by": said["known_by"],
        "off": off,
    }


def _fovea(root: Path, *arguments: str | int | Path) -> dict[str, Any]:
    return run_json("-m", "core", "--workspace", root, *map(str, arguments), "--json")


def _cuts(count: int, random: np.random.Generator) -> list[Image.Image]:
    """Squares of photos, which may overlap."""
    wholes = [whole for whole in originals.wholes() if min(whole.size) >= SIDE]
    found: list[Image.Image] = []
    while len(found) < count:
        whole = wholes[int(random.integers(len(wholes)))]
        left, top = (int(random.integers(side - SIDE + 1)) for side in whole.size)
        cut = whole.crop((left, top, left + SIDE, top + SIDE))
        if np.asarray(cut.convert("L")).std() >= LEAST_CONTRAST:
            found.append(cut)
    return found


def _marks(folder: Path, seed: int, count: int = 500) -> None:
    random = np.random.default_rng([1, seed])
    for number, picture in enumerate(_cuts(count, random)):
        label = ("fine",) * 6 + ("scratch",) * 2 + ("spot",) * 2
        _mark(picture, label[number % 10], random)
        _save(picture, folder / label[number % 10], number)


def _mark(picture: Image.Image, label: str, random: np.random.Generator) -> None:
    mask = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(mask)
    x, y = random.uniform(0.2, 0.8, 2) * SIDE
    if label == "scratch":
        turned, length, bend = random.uniform(0, np.pi), random.uniform(30, 90), random.uniform(-10, 10, 2)
        end = np.array([np.cos(turned), np.sin(turned)]) * length
        line = [(x, y), (x + end[0] / 2 + bend[0], y + end[1] / 2 + bend[1]), (x + end[0], y + end[1])]
        pen.line(line, fill=int(random.uniform(140, 230)), width=int(random.integers(2, 4)))
        tone, soft = random.uniform(190, 240, 3), 0.7
    elif label == "spot":
        wide, high = random.uniform(6, 13, 2)
        pen.ellipse((x - wide, y - high, x + wide, y + high), fill=int(random.uniform(150, 220)))
        tone, soft = random.uniform(20, 70, 3), 1.0
    else:
        return
    colour = Image.new("RGB", picture.size, tuple(tone.astype(int).tolist()))
    picture.paste(colour, mask=mask.filter(ImageFilter.GaussianBlur(soft)))


def _focus(folder: Path, seed: int, count: int = 400) -> None:
    random = np.random.default_rng([2, seed])
    for number, picture in enumerate(_cuts(count, random)):
        label = ("sharp", "soft", "shaken")[number % 3]
        _save(_unsharp(picture, label, random), folder / label, number)


def _unsharp(picture: Image.Image, label: str, random: np.random.Generator) -> Image.Image:
    if label == "soft":
        return picture.filter(ImageFilter.GaussianBlur(random.uniform(1, 1.8)))
    if label == "shaken":
        right, down = [(1, 0), (0, 1), (1, 1), (1, -1)][int(random.integers(4))]
        steps, tones = int(random.integers(4, 8)), np.asarray(picture, np.float32)
        moved = [np.roll(tones, (step * down, step * right), (0, 1)) for step in range(steps)]
        return Image.fromarray(np.mean(moved, axis=0).astype(np.uint8))
    return picture


def _save(picture: Image.Image, folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(folder / f"{number:04d}.jpg", quality=90)

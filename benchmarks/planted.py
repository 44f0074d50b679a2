"""Faults planted among real pictures, and how many of them `data check` finds."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageFilter

from benchmarks import originals
from benchmarks.options import Options
from core.data.add import add
from core.data.checks import Issue, check
from core.workspace import Workspace

CLASSES = 4
TEST_SHARE = 0.2
# what is planted: how many, the kind of the finding, least recall and precision
FAULTS: dict[str, tuple[int, str, float]] = {
    "exact copies": (50, "exact_duplicates", 1.0),
    "re-encoded": (50, "near_duplicates", 0.98),
    "resized": (50, "near_duplicates", 0.98),
    "cropped by 3 %": (30, "near_duplicates", 0.9),
    "across splits": (20, "split_leak", 0.9),
    "under another label": (20, "two_labels", 0.9),
    "darkened to a tenth": (20, "too_dark", 0.9),
    "blurred, radius 8": (20, "blurry", 0.9),
}
OF_ONE_TEMPLATE = 400  # pictures that share all but a mark, and copies of some of them
COPIES_OF_THEM = 20
BAR_OF_THEM = 0.7  # 8 of the 400 called copies wrongly are 2 %
ALONE = ("darkened to a tenth", "blurred, radius 8")  # the picture itself is changed, there is no other


@dataclass(frozen=True)
class Found:
    """What was found of one fault.

    Args:
        fault: A key of `FAULTS`.
        planted: How many there were.
        recall: The share of them that was found.
        precision: The share of findings of its kind that are right; of kinds that copies share, found ones of this
            fault beside all wrong ones.
        bar: What both must reach.
    """

    fault: str
    planted: int
    recall: float
    precision: float
    bar: float

    @property
    def met(self) -> bool:
        """Whether both are reached."""
        return min(self.recall, self.precision) >= self.bar

    def line(self) -> str:
        """It in words."""
        figures = f"recall {self.recall:.2f}  precision {self.precision:.2f}  bar ≥ {self.bar:g}"
        return f"{self.fault:20}  {self.planted:3} planted  {figures}  {'met' if self.met else 'MISSED'}"

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True)
class Planted:
    """A folder with faults in it.

    Args:
        families: {path: number of the original that it shows}.
        faults: {fault: paths of the files that were added or changed}.
    """

    families: dict[str, int]
    faults: dict[str, list[str]]


def compare(options: Options) -> list[Found]:
    """All faults among photos, and among Tux Paint's photos and drawings too where its folder was named; copies among pictures of one template."""
    further = originals.tuxpaint(options.tuxpaint) if options.tuxpaint else []
    of_one = [measure_template(options.folder / f"template-{drawn}", drawn) for drawn in (False, True)]
    return [*measure(options.folder / "planted", [*originals.photos(), *further]), *of_one]


def measure(folder: Path, pictures: Sequence[Image.Image], seed: int = 0) -> list[Found]:
    """Plant, import, check, and compare with what was planted. `folder` must not be there yet."""
    planted = plant(folder / "pictures", pictures, seed)
    workspace = Workspace.open(folder / "workspace")
    issues = check(workspace, add(workspace, str(folder / "pictures")))
    return [_found(fault, planted, issues) for fault in FAULTS if planted.faults[fault]]


def measure_template(folder: Path, drawn: bool, count: int = OF_ONE_TEMPLATE, copies: int = COPIES_OF_THEM) -> Found:
    """Copies that were saved anew or resized, among pictures that share all but a mark: of a form that is drawn, or of a scene."""
    chance = random.Random(0)
    planted = Planted({}, {})
    ways = ("re-encoded", "resized")
    for family, picture in enumerate(originals.of_one_template(count, drawn=drawn)):
        files = {"": _file(picture)} | (
            {"-copy": _copy(picture, b"", ways[family % 2], chance)} if family < copies else {}
        )
        for name, data in files.items():
            path = f"train/class{family // 2 % CLASSES}/{family:04d}{name}.jpg"
            (folder / "pictures" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "pictures" / path).write_bytes(data)
            planted.families[path] = family
    workspace = Workspace.open(folder / "workspace")
    issues = check(workspace, add(workspace, str(folder / "pictures")))
    found = [issue for issue in issues if issue.kind in ("near_duplicates", "two_labels")]
    hits = {path for issue in found for path in issue.images if "-copy" in path and _with_family(path, issue, planted)}
    wrong = {path for issue in found for path in issue.images if not _with_family(path, issue, planted)}
    of_what = f"among {count} of one {'form' if drawn else 'scene'}"
    precision = len(hits) / max(len(hits) + len(wrong), 1)
    return Found(of_what, copies, len(hits) / copies, precision, BAR_OF_THEM)


def plant(folder: Path, pictures: Sequence[Image.Image], seed: int = 0) -> Planted:
    """Write `pictures` into train/ and test/ class folders, with the faults; fewer where pictures are few."""
    chance = random.Random(seed)
    share = min(1.0, len(pictures) / sum(count for count, _, _ in FAULTS.values()))
    order = chance.sample(range(len(pictures)), len(pictures))
    planted = Planted({}, {fault: [] for fault in FAULTS})

    def put(family: int, split: str, label: int, name: str, data: bytes) -> str:
        path = f"{split}/class{label}/{family:04d}{name}"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        planted.families[path] = family
        return path

    wanted = iter(order)
    fault_of = {next(wanted): fault for fault, (count, _, _) in FAULTS.items() for _ in range(int(count * share))}
    for family, picture in enumerate(pictures):
        split, label = ("test" if chance.random() < TEST_SHARE else "train"), family % CLASSES
        fault = fault_of.get(family)
        data = _file(_changed(picture, fault) if fault in ALONE else picture)
        path = put(family, split, label, ".jpg", data)
        if fault is None:
            continue
        if fault not in ALONE:
            other_split = {"train": "test", "test": "train"}[split] if fault == "across splits" else split
            other_label = (label + 1) % CLASSES if fault == "under another label" else label
            path = put(family, other_split, other_label, "-copy.jpg", _copy(picture, data, fault, chance))
        planted.faults[fault].append(path)
    return planted


def _changed(picture: Image.Image, fault: str) -> Image.Image:
    if fault == "darkened to a tenth":
        return picture.point(lambda tone: tone * 0.1)
    return picture.filter(ImageFilter.GaussianBlur(8))


def _copy(picture: Image.Image, data: bytes, fault: str, chance: random.Random) -> bytes:
    ways: dict[str, Callable[[], bytes]] = {
        "exact": lambda: data,
        "re-encoded": lambda: _file(picture, chance.randint(40, 85), chance.choice(["JPEG", "WEBP"])),
        "resized": lambda: _file(_resized(picture, chance.choice([0.4, 0.5, 0.75, 1.5, 2]))),
        "cropped by 3 %": lambda: _file(_cropped(picture, chance)),
    }
    way = {"exact copies": "exact"}.get(fault, fault)
    return ways[way if way in ways else chance.choice(list(ways))]()


def _resized(picture: Image.Image, factor: float) -> Image.Image:
    width, height = (round(side * factor) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _cropped(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Without 3 % of its width and height: on all sides, at two, or parted between them."""
    width, height = picture.size
    across, down = 0.03 * width, 0.03 * height
    left, top = chance.choice([(across, down), (across, 0), (0, down), (across / 2, down / 2)])
    both = (left, top) == (across, down) and chance.random() < 0.5
    right, bottom = (across, down) if both else (across - left, down - top)
    return picture.crop((round(left), round(top), round(width - right), round(height - bottom)))


def _file(picture: Image.Image, quality: int = 92, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, quality=quality)
    return out.getvalue()


def _found(fault: str, planted: Planted, issues: Sequence[Issue]) -> Found:
    _, kind, bar = FAULTS[fault]
    wanted = planted.faults[fault]
    of_kind = [issue for issue in issues if issue.kind == kind]
    if fault in ALONE:
        flagged = {path for issue in of_kind for path in issue.images}
        hits = len(flagged & set(wanted))
        wrong = len(flagged - set(wanted))
    else:
        together = [{planted.families[path] for path in issue.images} for issue in of_kind]
        grouped = {path for issue in of_kind for path in issue.images if _with_family(path, issue, planted)}
        hits = len(grouped & set(wanted))
        wrong = sum(len(families) - 1 for families in together)
    precision = hits / (hits + wrong) if hits + wrong else 0.0
    return Found(fault, len(wanted), hits / len(wanted), precision, bar)


def _with_family(path: str, issue: Issue, planted: Planted) -> bool:
    """Whether the finding shows `path` beside another file of the same original."""
    return sum(planted.families[other] == planted.families[path] for other in issue.images) > 1

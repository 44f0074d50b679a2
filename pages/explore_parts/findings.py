"""What is wrong, in kinds: many findings of one kind become one chip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from core.data.checks import Issue
from core.data.checks.issue import OF_GROUPS, TITLES
from core.data.dataset import Dataset
from pages.shared.messages import count

ICONS = {"error": ":red[:material/error:]", "warning": ":orange[:material/warning:]", "note": ":material/info:"}

OF_SEVERITY = {"class_size-error": "One class", "two_labels-warning": "Alike under two labels"}


@dataclass(frozen=True)
class Kind:
    """All findings of one kind and severity.

    Args:
        id: What the address calls it.
        issues: The findings.
    """

    id: str
    issues: tuple[Issue, ...]

    @property
    def title(self) -> str:
        """Its name for people, as Markdown."""
        first = self.issues[0]
        words = TITLES.get(first.kind, first.kind.replace("_", " ").capitalize())
        words = OF_SEVERITY.get(self.id, words)
        return f"{ICONS[first.severity]} {words}"

    @cached_property
    def _each(self) -> list[Issue]:
        """The findings; one that is about several groups as one for each."""
        return [
            replace(issue, images=group, groups=())
            for issue in self.issues
            for group in issue.groups or (issue.images,)
        ]

    @cached_property
    def paths(self) -> dict[str, int]:
        """The images that it is about, each with the number of the group that it stands in first."""
        numbered: dict[str, int] = {}
        for number, group in enumerate(self.groups):
            for path in group:
                numbered.setdefault(path, number)
        return numbered

    @property
    def count(self) -> int:
        """How many findings it is: groups of copies, classes, or images."""
        return sum(issue.count for issue in self.issues)

    def counted(self, number: int) -> str:
        """So many of what `count` counts, in words."""
        if self.of_groups or self.issues[0].groups:
            return count(number, "groups", "group")
        return count(number, "classes", "class") if self.issues[0].classes else count(number, "images", "image")

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """The images of each finding, or of each group that it is about."""
        return [issue.images for issue in self._each]

    def of(self, path: str) -> Issue | None:
        """The finding that the image stands in first, with the images of its group; None for one that is in none."""
        return self._each[self.paths[path]] if path in self.paths else None

    @property
    def has_files(self) -> bool:
        """Whether it is about single files, which can be shown; else about all of the data set."""
        return any(issue.images for issue in self.issues)

    @property
    def of_left_out(self) -> bool:
        """Whether its files are not in the data set: the list of what was left out has them, no gallery."""
        return self.issues[0].kind == "unreadable"

    @property
    def of_groups(self) -> bool:
        """Whether the images of each finding should stand side by side."""
        return self.issues[0].kind in OF_GROUPS


def kinds(issues: list[Issue]) -> list[Kind]:
    """`issues` by kind and severity, in their order."""
    found: dict[str, list[Issue]] = {}
    for issue in issues:
        found.setdefault(f"{issue.kind}-{issue.severity}", []).append(issue)
    return [Kind(name, tuple(members)) for name, members in found.items()]


def kept_together(dataset: Dataset) -> str:
    """What a split image by image would have leaked, in a sentence; "" if nothing."""
    words = {"test": "test", "val": "validation"}
    leaked = {split: dataset.naive_leaks.get(split, 0) for split in words}
    parts = [count(number, words[split]) for split, number in leaked.items() if number]
    if not parts:
        return ""
    images = "image" if sum(leaked.values()) == 1 else "images"
    return (
        f"A split image by image would have put {' and '.join(parts)} {images} beside a near copy in train; Fovea kept near "
        "copies of one label on one side."
    )

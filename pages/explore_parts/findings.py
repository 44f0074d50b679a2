"""What is wrong, in kinds: many findings of one kind become one chip."""

from __future__ import annotations

from dataclasses import dataclass

from core.data.checks import Issue

WORDS = {
    ("unreadable", "warning"): "Left out",
    ("exact_duplicates", "error"): "Misleading copies",
    ("exact_duplicates", "note"): "Copies",
    ("class_size", "error"): "One class",
    ("class_size", "warning"): "Small classes",
}
ICONS = {"error": ":material/error:", "warning": ":material/warning:", "note": ":material/info:"}


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
        words = WORDS.get((first.kind, first.severity), first.kind.replace("_", " ").capitalize())
        return f"{ICONS[first.severity]} {words}"

    @property
    def paths(self) -> set[str]:
        """The images that it is about."""
        return {path for issue in self.issues for path in issue.images}

    @property
    def about_index(self) -> bool:
        """Whether its images are in the data set, so that the gallery can show them."""
        return self.issues[0].kind != "unreadable" and any(issue.images for issue in self.issues)

    @property
    def groups_copies(self) -> bool:
        """Whether equal pictures should stand side by side."""
        return self.issues[0].kind == "exact_duplicates"


def kinds(issues: list[Issue]) -> list[Kind]:
    """`issues` by kind and severity, in their order."""
    found: dict[str, list[Issue]] = {}
    for issue in issues:
        found.setdefault(f"{issue.kind}-{issue.severity}", []).append(issue)
    return [Kind(name, tuple(members)) for name, members in found.items()]

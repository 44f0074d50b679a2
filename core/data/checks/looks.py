"""Pictures that look wrong: too dark, too bright, nearly uniform, blurry."""

from __future__ import annotations

import pandas as pd

from core.data.checks.issue import Issue, Subject
from core.data.looks import LEAST_SIDE, LOOKS


def too_dark(subject: Subject) -> list[Issue]:
    """Hardly a pixel is lit."""
    limit = subject.thresholds.dark
    if not subject.has("highlights"):
        return []
    return _issue(
        subject, "too_dark", _dark(subject), f"too dark (99 % of the pixels have a tone of {limit:g} of 255 or less)"
    )


def too_bright(subject: Subject) -> list[Issue]:
    """Hardly a pixel is dark."""
    limit = subject.thresholds.bright
    if not subject.has("shadows"):
        return []
    what = f"too bright (95 % of the pixels have a tone of {limit:g} or more)"
    return _issue(subject, "too_bright", _bright(subject), what, on_white=True)


def uniform(subject: Subject) -> list[Issue]:
    """There is nothing to see, in pictures that are neither too dark nor too bright."""
    limit = subject.thresholds.uniform
    if not subject.has(*LOOKS):
        return []
    what = f"nearly uniform (tones have a standard deviation below {limit:g})"
    return _issue(subject, "uniform", _uniform(subject), what, on_white=True)


def blurry(subject: Subject) -> list[Issue]:
    """No edge is crisp. Nothing is said of tiny pictures."""
    limit = subject.thresholds.blur
    if not subject.has(*LOOKS):
        return []
    wrong = (subject.index["blur"] >= limit) & (subject.index["contrast"] >= subject.thresholds.uniform)
    wrong &= ~_dark(subject)
    words = f"blurry (one more blur leaves {limit:.1%} or more of the differences between neighbours)"
    return _issue(subject, "blurry", wrong, f"{words}; pictures below {LEAST_SIDE} pixels are not judged")


def _dark(subject: Subject) -> pd.Series:
    return subject.index["highlights"] <= subject.thresholds.dark


def _bright(subject: Subject) -> pd.Series:
    return subject.index["shadows"] >= subject.thresholds.bright


def _uniform(subject: Subject) -> pd.Series:
    return (subject.index["contrast"] < subject.thresholds.uniform) & ~_dark(subject) & ~_bright(subject)


def _issue(subject: Subject, kind: str, wrong: pd.Series, what: str, on_white: bool = False) -> list[Issue]:
    """Where there are such images; `on_white` says how many of them may be white on what is transparent."""
    paths = subject.paths(wrong)
    if not paths:
        return []
    are = "image is" if len(paths) == 1 else "images are"
    message = f"{len(paths):,} {are} {what}. Look, and leave out what shows nothing."
    clear = int((wrong & subject.index["mode"].astype(str).str.upper().str.endswith("A")).sum())
    if clear and on_white:
        message += (
            f" {clear:,} of these may be transparent. Here what is transparent lies on white, for a model too, so that what "
            "is white does not show: lay such pictures on another colour and bring them in anew."
        )
    return [Issue(kind, "note", paths, message)]

"""Which findings put figures in doubt."""

import pytest

from core.data.checks.issue import Issue, doubt

SERIES = Issue("series_in_splits", "warning", tuple("abcdef"), "", groups=(("a", "b", "c"), ("d", "e"), ("f",)))
LEAK = Issue("split_leak", "error", ("a", "b"), "")
MORE = Issue("split_leak", "error", ("x", "y", "z"), "")
LABELS = Issue("two_labels", "error", ("c", "d"), "")
UNLEARNT = Issue("missing_in_split", "error", ("e", "f"), "", ("emu",))
HARMLESS = [
    Issue("two_labels", "warning", ("a", "c"), ""),  # bursts before one background
    Issue("missing_in_split", "warning", ("e",), "", ("owl",)),
    Issue("series_in_splits", "note", ("a", "b"), "", groups=(("a", "b"),)),  # a hint
    Issue("private_metadata", "warning", ("a",), ""),
]


@pytest.mark.parametrize(
    ("issues", "words", "is_too_high"),
    [
        ([SERIES], "3 series stand in two splits (6 images)", True),
        ([LEAK], "1 group of copies stands in two splits (2 images)", True),
        (
            [LEAK, MORE, SERIES],
            "2 groups of copies stand in two splits (5 images); 3 series stand in two splits (6 images)",
            True,
        ),
        (
            [LABELS, SERIES],
            "1 group of copies or near copies stands under two labels (2 images); 3 series stand in two splits (6 images)",
            False,
        ),
        ([UNLEARNT], "1 class has no training image", False),
    ],
)
def test_what_makes_figures_wrong_is_counted_and_named(issues, words, is_too_high):
    found = doubt([*HARMLESS, *issues])

    assert (found.words, found.is_too_high, found.first) == (words, is_too_high, issues[0])


def test_of_data_that_is_not_learnt_from_only_wrong_labels_make_figures_wrong():
    assert doubt([LEAK, SERIES, UNLEARNT], learnt_here=False) is None
    assert (
        doubt([LEAK, LABELS], learnt_here=False).words
        == "1 group of copies or near copies stands under two labels (2 images)"
    )


def test_nothing_is_said_where_no_finding_puts_a_figure_in_doubt():
    assert doubt(HARMLESS) is None

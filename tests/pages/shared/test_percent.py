"""No line of a page ends between a number and its %."""

import re
from pathlib import Path

from core.commands import line
from pages.shared.messages import percent, percent_with_interval, plain

PAGES = Path(__file__).parents[3] / "pages"


def test_a_number_and_its_percent_stay_together_on_a_page_and_are_plain_on_the_command_line():
    assert percent(0.989) == "98.9\u00a0%"
    assert percent(0.05, None) == "5\u00a0%"
    assert percent_with_interval(0.989, (0.987, 0.991)) == "98.9\u00a0% (98.7 to 99.1)"
    assert plain("At most 20 % can be") == "At most 20\u00a0% can be"
    assert plain("100 % cotton, not %s") == "100\u00a0% cotton, not %s"
    assert line.percent(0.989) == "98.90 %"


def test_a_page_writes_a_percent_by_that_function_only():
    """Charts write on a canvas, where nothing wraps, and their axes have expressions of their own."""
    torn = re.compile(r"\} %(?!\()")
    found = [path.name for path in PAGES.rglob("*.py") for text in path.read_text().splitlines() if torn.search(text)]

    assert found == []

"""Text that a spreadsheet takes as text, and the way back."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.spreadsheet import plain_cell, safe_cell, safe_csv

FORMULA = ("=", "+", "-", "@")
SEPARATORS = ",;|\t"
NASTY = some.text(alphabet="=+-@'\t\r\n;,| ab1.\"", max_size=12)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=cmd()", "'=cmd()"), ("a;=cmd()", "a;'=cmd()"), ("a;b;@x", "a;b;'@x"), ("-5", "-5"), ("+1.5", "+1.5"), ("-2+3", "'-2+3"),
        ("a; =cmd()", "a; '=cmd()"), ("'=cmd()", "''=cmd()"), ("a-b", "a-b"), ("cat/1.png", "cat/1.png"), ("", ""), ("it's", "it's"),
        ("＝1+1", "'＝1+1"), ("a;－x", "a;'－x"), ("a\n=1", "a\n'=1"), ("\t1", "'\t1"),
    ],
)  # fmt: skip
def test_what_a_text_becomes(text, safe):
    assert safe_cell(text) == safe
    assert plain_cell(safe) == text


@given(some.one_of(NASTY, some.text()))
def test_every_text_comes_back(text):
    assert plain_cell(safe_cell(text)) == text


@settings(max_examples=1000, deadline=None)
@given(some.lists(NASTY, min_size=1, max_size=3), some.sampled_from(SEPARATORS))
def test_no_cell_is_a_formula_whatever_separates_the_cells(texts, separator):
    written = safe_csv(pd.DataFrame([texts], columns=[f"c{place}" for place in range(len(texts))])).decode()
    for line in written.splitlines():
        for cell in next(csv.reader(io.StringIO(line), delimiter=separator), []):
            bare = cell.strip(' "')
            is_number = re.split(r"[,;|\t]", bare)[0].lstrip("+-").replace(".", "", 1).isdecimal()
            assert is_number or not bare.startswith(FORMULA), (texts, line, cell)


@given(some.lists(NASTY.filter(bool), min_size=1))
@settings(deadline=None)
def test_a_table_has_as_many_lines_for_a_reader_as_it_has_rows(texts):
    read = list(csv.reader(io.StringIO(safe_csv(pd.DataFrame({"path": texts, "n": 1})).decode(), newline="")))
    assert [[plain_cell(path), n] for path, n in read[1:]] == [[text, "1"] for text in texts]

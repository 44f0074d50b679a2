import csv
import io

import pytest

from core.data.csv_table import read_table
from core.errors import SourceError


def table(text, **options):
    return read_table("list.csv", text.encode(**options), {"path", "label"})


def test_what_the_csv_module_writes_comes_back_as_it_was():
    rows = [
        ["path", "label"],
        ['a, "b".png', "two\nlines"],
        [" space ", ""],
        ["x\r\ny", "''"],
        ["=1", "\t"],
        ["x" * 200_000, "y"],
    ]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)

    read = table(out.getvalue())

    assert [read.cells.columns.tolist(), *read.cells.to_numpy().tolist()] == rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_know_their_lines_also_after_empty_ones_and_cells_of_several_lines(end):
    read = table(end.join(["", "path,label", "", 'a,"1', '2"', ",", "b,3"]))

    assert read.cells.index.tolist() == [4, 7]
    assert read.cells.to_numpy().tolist() == [["a", f"1{end}2"], ["b", "3"]]


def test_a_row_with_a_cell_too_many_is_told_apart_unless_that_is_empty():
    read = table("path,label\na,b.png,x\nb.png,y,, \nc.png\n")

    assert read.odd == {2: "a,b.png,x"}
    assert read.cells.to_numpy().tolist() == [["b.png", "y"], ["c.png", ""]]


@pytest.mark.parametrize("text", ["sep=;\npath;label\na;b,c\n", 'path; "label"\na; "b,c"\n', "path;label\na;b,c"])
def test_excels_first_line_or_the_columns_tell_the_separator_and_quotes_may_stand_after_a_space(text):
    read = table(text)

    assert (read.separator, read.cells.to_dict("list")) == ("semicolons", {"path": ["a"], "label": ["b,c"]})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'path,label\n"a.png,x\nb.png,y\n"b.png,y\n', "from line 2 on.*Is a quote missing or one too many"),
        (b'path,label\na.png,x\n"b.png,y\n', "from line 3 on.*Is a quote missing or one too many"),
        ("path,label\n".encode("utf-16-le"), "UTF-16 without its mark, .* Save it as UTF-8"),
        ("path,label\n".encode("utf-32"), "UTF-16 without its mark, UTF-32 .* Save it as UTF-8"),
        ("path,label\n".encode("utf-16") + b"x", "not UTF-16. Save it as UTF-8"),
        (b"PK\x03\x04 and more", r"it is a zip archive or an \.xlsx. Save the table as CSV"),
        (b"PAR1 and more", "it is a Parquet table"),
        (b"\x1f\x8b and more", "it is packed by gzip"),
        (b"\n \n", "it holds nothing"),
    ],
)
def test_what_is_no_table_says_what_it_is_and_what_to_do(data, said):
    with pytest.raises(SourceError, match=said):
        read_table("list.csv", data, {"path", "label"})


def test_more_rows_or_columns_than_memory_is_meant_for_are_refused():
    with pytest.raises(SourceError, match="has 1,001 columns; the limit is 1,000"):
        table(",".join(f"c{number}" for number in range(1001)) + "\na\n")
    with pytest.raises(SourceError, match="more than 2 lines"):
        read_table("list.csv", b"path,label\na,b\na,b,c\na,b\n", {"path", "label"}, most_rows=2)

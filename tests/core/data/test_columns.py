import csv
import io
import zipfile

import pandas as pd
import pytest

from core.data.add import add
from core.data.append import append_source
from core.data.columns import MOST_COLUMNS, MOST_LETTERS, MOST_NAME_LETTERS, further
from core.data.dataset import read_index
from core.data.edit import apply, undo
from core.data.edits import LeaveOut, Move, PutBack, Relabel, names_of
from core.data.export_data import export_data
from core.data.publish import fingerprint
from core.errors import SourceError
from tests.making import png

HOSTILE = ("<img src=x onerror=alert(1)>", "**bold**", "=cmd()", "../../up", "nul\0 ", "{{x}}", "a\u0301ge")


def manifest(folder, header, rows, first=0):
    """A manifest of distinct pictures: `rows` is what follows path,label of each. Gives back its path."""
    folder.mkdir(exist_ok=True)
    with (folder / "list.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["path", "label", *header])
        for number, row in enumerate(rows, first):
            (folder / f"{number}.png").write_bytes(png(number))
            lines.writerow([f"{number}.png", "cat" if number % 2 else "dog", *row])
    return str(folder / "list.csv")


def said(workspace, dataset):
    """{path: what the further columns say}, nothing where it is not known."""
    index = read_index(workspace, dataset)
    names = [name for name in index if name.startswith("column_")]
    values = index[names].astype(object).where(index[names].notna(), "")
    return dict(zip(index["path"], values.itertuples(index=False, name=None), strict=True)), names


@pytest.fixture
def photos(workspace, tmp_path):
    rows = [(f"camera {i % 3}", i / 2, "a" if i else "") for i in range(12)]
    return add(workspace, manifest(tmp_path / "photos", ["camera", "age", "note"], rows), name="photos")


def test_further_columns_of_a_manifest_are_in_the_index_text_as_text_and_numbers_as_numbers(workspace, photos):
    values, names = said(workspace, photos)
    index = read_index(workspace, photos)

    assert names == ["column_camera", "column_age", "column_note"]
    assert [str(index[name].dtype) for name in names] == ["str", "float64", "str"]
    assert values == {f"{i}.png": (f"camera {i % 3}", i / 2, "a" if i else "") for i in range(12)}


def test_values_stay_beside_their_pictures_where_others_cannot_be_read(workspace, tmp_path):
    path = manifest(tmp_path / "in", ["number"], [(i,) for i in range(8)])
    (tmp_path / "in/2.png").write_bytes(b"no picture")
    (tmp_path / "in/5.png").unlink()

    values, _ = said(workspace, add(workspace, path))

    assert values == {f"{i}.png": (float(i),) for i in (0, 1, 3, 4, 6, 7)}


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-2.5", "", "3e4"], "float64"),
        (["007", "008"], "str"),
        (["1", "nan"], "str"),
        (["1", "inf"], "str"),
        (["1", "1e999"], "str"),
        (["9007199254740993", "9007199254740992"], "str"),
        (["1", "one"], "str"),
        (["١", "٢"], "str"),
    ],
)
def test_a_column_is_of_numbers_only_where_none_would_lose_anything(texts, kind):
    made = further(pd.DataFrame({"x": texts}, dtype=str), "list.csv")

    assert str(made["column_x"].dtype) == kind


def test_names_and_values_from_strangers_are_kept_as_text_in_one_form():
    made = further(pd.DataFrame({name: [name, "b"] for name in HOSTILE}, dtype=str), "list.csv")

    assert [name.removeprefix("column_") for name in made] == [
        "<img src=x onerror=alert(1)>",
        "**bold**",
        "=cmd()",
        "../../up",
        "nul\0",
        "{{x}}",
        "áge",
    ]
    assert made["column_áge"].tolist() == ["áge", "b"]


def test_names_that_become_one_or_are_the_manifests_own_get_a_number():
    table = pd.DataFrame([["1", "2", "3", "4"]], columns=["site", " site", "path ", "Unnamed: 3"], dtype=str)

    made = further(table, "list.csv")

    assert made.columns.tolist() == ["column_site", "column_site (2)", "column_path (2)"]


def test_too_many_columns_and_too_long_names_are_refused_and_long_values_cut():
    many = pd.DataFrame([["x"] * (MOST_COLUMNS + 1)], columns=[str(i) for i in range(MOST_COLUMNS + 1)], dtype=str)
    with pytest.raises(SourceError, match=f"51 columns .* the limit is {MOST_COLUMNS}"):
        further(many, "list.csv")
    with pytest.raises(SourceError, match="101 letters long"):
        further(pd.DataFrame({"x" * (MOST_NAME_LETTERS + 1): ["a"]}, dtype=str), "list.csv")

    cut = further(pd.DataFrame({"x": ["a" * 999, "b"]}, dtype=str), "list.csv")
    assert cut["column_x"].tolist() == ["a" * MOST_LETTERS, "b"]


def test_the_same_manifest_gives_the_same_version_and_one_changed_value_the_next(workspace, photos, tmp_path):
    path = tmp_path / "photos/list.csv"
    assert add(workspace, str(path), name="photos") == photos

    text = path.read_text()
    path.write_text(text.replace("camera 1", "camera 9", 1))
    changed = add(workspace, str(path), name="photos")

    assert (changed.version, changed.fingerprint == photos.fingerprint) == (2, False)
    path.write_text(text)
    assert add(workspace, str(path), name="photos") == photos


def test_without_further_columns_the_fingerprint_is_what_it_always_was(workspace, tmp_path):
    dataset = add(workspace, manifest(tmp_path / "in", ["empty"], [("",)] * 4))
    index = read_index(workspace, dataset)

    assert not [name for name in index if name.startswith("column_")]
    table = pd.DataFrame(
        {"sha256": ["b", "a"], "label": ["dog", "cat"], "split": ["train", "test"], "group": ["", "g"]}, dtype=str
    )
    # sha256 of "a\tcat\ttest\tg\nb\tdog\ttrain\t"
    assert fingerprint(table) == "e26ad60cc4db05fbaacda7cd2c9fd2a1ab711a046deadb3467c06b42d31b1545"


def test_the_order_of_columns_is_no_matter_but_which_one_says_what_is():
    rows = {"sha256": ["a"], "label": ["cat"], "split": ["train"], "group": [""]}
    one = pd.DataFrame({**rows, "column_x": ["1"], "column_y": ["2"]})

    assert fingerprint(one) == fingerprint(pd.DataFrame({**rows, "column_y": ["2"], "column_x": ["1"]}))
    assert fingerprint(one) != fingerprint(pd.DataFrame({**rows, "column_x": ["2"], "column_y": ["1"]}))


def test_edits_carry_the_columns_and_what_was_left_out_comes_back_with_its_own(workspace, photos):
    index = read_index(workspace, photos)
    first, second, third = names_of(index, [0, 3, 5])
    before, _ = said(workspace, photos)

    without = apply(workspace, photos, [LeaveOut((first,)), Relabel((second,), "bird"), Move((third,), "test")])
    again = apply(workspace, without, [PutBack((first,))])

    assert said(workspace, without)[0] == {path: values for path, values in before.items() if path != "0.png"}
    assert said(workspace, again)[0] == before
    assert read_index(workspace, undo(workspace, again)).equals(read_index(workspace, without))


def test_appended_pictures_bring_columns_and_neither_side_loses_any(workspace, photos, tmp_path):
    index = read_index(workspace, photos)
    photos = apply(workspace, photos, [LeaveOut(tuple(names_of(index, [2])))])
    rows = [("camera 7", "unknown", "Rome"), ("", "4", "Bern")]
    path = manifest(tmp_path / "more", ["camera", "age", "town"], rows, first=20)

    more = append_source(workspace, photos, path)
    back = apply(workspace, more, [PutBack(tuple(names_of(index, [2])))])

    values, names = said(workspace, back)
    assert names == ["column_camera", "column_age", "column_note", "column_town"]
    assert values["20.png"] == ("camera 7", "unknown", "", "Rome")
    assert values["21.png"] == ("", "4", "", "Bern")
    assert values["3.png"] == ("camera 0", "1.5", "a", "")  # one word among numbers makes all of them text
    assert values["2.png"] == ("camera 2", "1", "a", "")


def test_pictures_appended_from_a_folder_have_nothing_in_the_columns(workspace, photos, tmp_path):
    (tmp_path / "more/cat").mkdir(parents=True)
    (tmp_path / "more/cat/new.png").write_bytes(png(77))

    values, _ = said(workspace, append_source(workspace, photos, str(tmp_path / "more")))

    assert values["cat/new.png"] == ("", "", "")
    assert values["4.png"] == ("camera 1", 2.0, "a")


@pytest.mark.parametrize("name", ["camera", "source"])
def test_an_exported_manifest_has_the_columns_and_comes_in_as_the_same_content(workspace, tmp_path, name):
    rows = [("=cmd()" if i == 3 else f"kind {i % 3}", i / 4, "train") for i in range(10)]
    dataset = add(workspace, manifest(tmp_path / "in", [name, "-1 <b>", "split"], rows), name="one")

    export_data(workspace, dataset, tmp_path / "out.zip", "manifest")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(tmp_path / "out")
        table = pd.read_csv(io.BytesIO(archive.read("manifest.csv")))
    again = add(workspace, str(tmp_path / "out/manifest.csv"), name="again")

    assert table[name][3] == "'=cmd()"  # text in a spreadsheet
    assert "'-1 <b>" in table
    index = read_index(workspace, again)
    kept = read_index(workspace, dataset)
    for column in (f"column_{name}", "column_-1 <b>"):
        assert index[column].tolist() == kept[column].tolist()


def test_the_export_of_a_version_with_columns_gives_that_version_back(workspace, photos, tmp_path):
    export_data(workspace, photos, tmp_path / "out.zip", "manifest")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(tmp_path / "out")

    assert said(workspace, add(workspace, str(tmp_path / "out/manifest.csv"), name="again"))[0] == {
        f"images/{path}": values for path, values in said(workspace, photos)[0].items()
    }
    assert add(workspace, str(tmp_path / "out/manifest.csv"), name="again").version == 1

import csv
import io
import zipfile

import pytest
from PIL import Image

from core.data.add import add
from core.data.dataset import read_index, read_left_out
from core.data.edit import apply
from core.data.edits import RenameClass
from core.data.export_data import FORMATS, export_data, safe_folders, safe_part
from core.data.publish import fingerprint
from core.data.sources import Reading
from core.data.sources.outline import outline
from core.errors import ImageError, InputError, Stopped
from tests.making import encoded, files_below, noise, png, write_classes


@pytest.fixture
def pets(workspace, tmp_path):
    return add(workspace, str(write_classes(tmp_path / "pets", {"cat": 12, "dog": 10, "birds/owl": 11})))


def unpacked(archive, folder):
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return files_below(folder)


def facts(workspace, dataset):
    index = read_index(workspace, dataset)
    return sorted(zip(index["sha256"], index["label"], index["split"], index["group"], strict=True))


def test_the_exported_zip_comes_in_again_with_the_same_classes_counts_and_splits(workspace, pets, tmp_path):
    renamed = apply(workspace, pets, [RenameClass("dog", "hound")])

    export_data(workspace, renamed, tmp_path / "out.zip")
    again = add(workspace, str(tmp_path / "out.zip"), name="again")

    assert (again.classes, again.per_class, again.per_split) == (renamed.classes, renamed.per_class, renamed.per_split)
    assert facts(workspace, again) == facts(workspace, renamed)
    assert again.fingerprint == renamed.fingerprint
    assert add(workspace, str(tmp_path / "out.zip"), name="pets") == renamed


@pytest.mark.parametrize(("format", "files"), [("manifest", 16), ("folders", 17)])
def test_the_exported_manifest_comes_in_again_with_groups_and_columns(workspace, tmp_path, format, files):
    folder = write_classes(tmp_path / "in", {"=cat": 8, "dog": 8})
    rows = [
        f"{path.relative_to(folder)},{path.parent.name},@burst {int(path.stem) % 4},{int(path.stem) % 3}"
        for path in sorted(folder.rglob("*.png"))
    ]
    (folder / "list.csv").write_text("\n".join(["path,label,group,age", *rows, "=cat/000.png,dog,@burst 0,7"]))
    grouped = add(workspace, str(folder / "list.csv"))
    assert (read_index(workspace, grouped)["group"] != "").all()

    export_data(workspace, grouped, tmp_path / "out.zip", format)
    written = unpacked(tmp_path / "out.zip", tmp_path / "out")
    again = add(workspace, str(tmp_path / "out/manifest.csv"), name="again")

    assert facts(workspace, again) == facts(workspace, grouped)
    assert again.fingerprint == fingerprint(read_index(workspace, grouped))
    ages = [sorted(read_index(workspace, one)["column_age"]) for one in (again, grouped)]
    assert ages[0] == ages[1]
    assert len(written) == files + 1  # a table names the file that is listed twice once, class folders hold it twice
    first = next(csv.DictReader(io.StringIO(written["manifest.csv"].decode())))
    assert list(first) == ["path", "label", "split", "group", "source", "age"]


def test_exported_class_folders_come_in_again_with_groups_and_columns_and_moved_pictures_where_they_were_moved(
    workspace, tmp_path
):
    folder = write_classes(tmp_path / "in", {"cat": 8, "dog": 8})
    rows = [
        f"{path.relative_to(folder)},{path.parent.name},burst {int(path.stem) % 4},{place % 3 or ''},@{place}"
        for place, path in enumerate(sorted(folder.rglob("*.png")))
    ]
    (folder / "list.csv").write_text("\n".join(["path,label,group,age,site", *rows]))
    grouped = add(workspace, str(folder / "list.csv"))
    export_data(workspace, grouped, tmp_path / "out.zip")
    unpacked(tmp_path / "out.zip", tmp_path / "wrapped" / "out")

    for number, source in enumerate(("out.zip", "wrapped")):
        again = add(workspace, str(tmp_path / source), name=f"again{number}")
        assert facts(workspace, again) == facts(workspace, grouped)
        assert again.fingerprint == fingerprint(read_index(workspace, grouped))
        (table,) = read_left_out(workspace, again).to_dict("records")
        assert "groups and columns" in table["reason"]

    moved = next((tmp_path / "wrapped/out/train/cat").iterdir())
    moved.rename(moved.parents[1] / "dog" / "moved.png")
    index = read_index(workspace, add(workspace, str(tmp_path / "wrapped"), name="moved")).set_index("path")
    row = index.loc["out/train/dog/moved.png"]
    assert (row["label"], row["group"], row["column_site"], str(row["column_age"])) == ("dog", "", "", "nan")
    assert (index["group"] == "").sum() == 1


SPLITS = ("train", "train", "train", "val", "test")


@pytest.mark.parametrize(
    "label",
    [
        lambda number: "test" if number % 5 == 4 else "ab"[number % 2],  # the only one in its split
        lambda number: ("x/train", "x/test")[number % 2],
        lambda number: ("..", "a\\b", ".hidden")[number % 3],
        lambda number: ("bird/images", "cat/images")[number % 2],
    ],
)
def test_classes_that_are_called_like_splits_or_have_no_safe_folder_come_in_again_from_the_table(
    workspace, tmp_path, label
):
    lines = ["path,label,split,group,age,source"]
    for number in range(20):
        (tmp_path / f"{number}.png").write_bytes(png(number))
        lines.append(f"{number}.png,{label(number)},{SPLITS[number % 5]},g{number // 2},{number},camera {number % 3}")
    (tmp_path / "list.csv").write_text("\n".join(lines))
    dataset = add(workspace, str(tmp_path / "list.csv"))
    export_data(workspace, dataset, tmp_path / "out.zip")
    unpacked(tmp_path / "out.zip", tmp_path / "out")

    for number, source in enumerate(("out.zip", "out")):
        again = add(workspace, str(tmp_path / source), name=f"again{number}")
        assert facts(workspace, again) == facts(workspace, dataset)
        assert again.fingerprint == fingerprint(read_index(workspace, dataset)), "its columns too"
        assert again.per_class == outline(str(tmp_path / source)).per_class


def test_class_from_is_of_folders_whatever_the_table_says(workspace, pets, tmp_path):
    export_data(workspace, pets, tmp_path / "out.zip")

    again = add(workspace, str(tmp_path / "out.zip"), name="again", reading=Reading(class_from="last"))

    assert again.classes == ("cat", "dog", "owl")


@pytest.mark.parametrize("format", FORMATS)
def test_no_metadata_leaves_and_the_picture_stays_upright(workspace, tmp_path, format):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a camera", 6
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.6)
    folder = write_classes(tmp_path / "in", {"cat": 2})
    (folder / "cat/phone.jpg").write_bytes(encoded(noise(1, 20, 30), "JPEG", exif=exif))
    assert b"a camera" in (folder / "cat/phone.jpg").read_bytes()

    export_data(workspace, add(workspace, str(folder)), tmp_path / "out.zip", format)

    files = unpacked(tmp_path / "out.zip", tmp_path / "out")
    (photo,) = (data for name, data in files.items() if name.endswith("phone.jpg"))
    left = Image.open(io.BytesIO(photo)).getexif()
    assert dict(left) == {0x0112: 6}
    assert not left.get_ifd(0x8825)


def test_two_images_of_one_name_both_arrive_also_where_names_differ_only_in_case(workspace, tmp_path):
    folder = tmp_path / "in"
    names = ("a/cat/x.png", "b/cat/x.png", "a/cat/X.png", "a/cat/x-2.png", "a/cat/x.v1.png")
    for seed, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(seed))
    (folder / "list.csv").write_text("\n".join(["path,label,split", *(f"{name},cat,train" for name in names)]))

    export_data(workspace, add(workspace, str(folder / "list.csv")), tmp_path / "out.zip")

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        written = archive.namelist()
        written.remove("manifest.csv")
        assert {archive.read(name) for name in written} == {png(seed) for seed in range(5)}
    assert len({name.casefold() for name in written}) == 5


HOSTILE = [
    "../../up",
    "..",
    "/root",
    "a//b",
    "C:\\x",
    ".hidden",
    "__MACOSX",
    "line\nbreak",
    "nul\0",
    "x" * 300,
    "é" * 200,
]


def test_names_from_strangers_lead_nowhere_and_no_two_classes_share_a_folder(workspace, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    with (folder / "list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "split"])
        classes = [name for name in HOSTILE if "\0" not in name] + ["_..", "_.hidden", "=cmd()", "<img src=x>", "cat"]
        for seed, label in enumerate(classes):
            (folder / f"{seed}.png").write_bytes(png(seed))
            rows.writerow([f"{seed}.png", label, ("train", "val", "test")[seed % 3]])
    hostile = add(workspace, str(folder / "list.csv"))

    done = export_data(workspace, hostile, tmp_path / "out.zip")
    again = add(workspace, str(tmp_path / "out.zip"), name="again")  # refuses whatever leads outside

    assert (again.images, len(again.classes)) == (hostile.images, len(hostile.classes))
    assert set(done.renamed) == set(hostile.classes) - {"_..", "_.hidden", "=cmd()", "<img src=x>", "cat"}
    assert again.classes == hostile.classes, "the table beside the folders says what they are called"
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        parts = [part for name in archive.namelist() for part in name.split("/")]
    assert all(part not in ("", ".", "..") and len(part.encode()) < 255 and "\\" not in part for part in parts)


@pytest.mark.parametrize("part", HOSTILE)
def test_a_part_made_safe_is_safe_already(part):
    for piece in part.split("/"):
        assert safe_part(safe_part(piece)) == safe_part(piece)


def test_a_class_that_is_safe_keeps_its_name_whatever_others_are_called():
    assert safe_folders(("..", "_..", "a\tb", "a_b", "a/b")) == {
        "..": "_..-2",
        "_..": "_..",
        "a\tb": "a_b-2",
        "a_b": "a_b",
        "a/b": "a/b",
    }


def test_a_spreadsheet_takes_every_cell_of_the_manifest_as_text(workspace, tmp_path):
    (tmp_path / "a.png").write_bytes(png(1))
    (tmp_path / "b.png").write_bytes(png(2))
    (tmp_path / "list.csv").write_text("path,label,split,group\na.png,=cmd(),train,@group\nb.png,-5,test,+1")

    export_data(workspace, add(workspace, str(tmp_path / "list.csv")), tmp_path / "out.zip", "manifest")

    table = unpacked(tmp_path / "out.zip", tmp_path / "out")["manifest.csv"].decode()
    assert list(csv.reader(io.StringIO(table)))[1:] == [
        ["images/a.png", "'=cmd()", "train", "'@group", "a.png"],
        ["images/b.png", "-5", "test", "+1", "b.png"],
    ]


def test_a_picture_that_changed_or_went_is_named_and_nothing_is_left_behind(workspace, pets, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "pets/cat/003.png").write_bytes(png(99))
    with pytest.raises(ImageError, match=r"cat/003\.png has changed"):
        export_data(workspace, pets, tmp_path / "out/a.zip")
    (tmp_path / "pets/cat/003.png").unlink()
    with pytest.raises(ImageError, match=r"cat/003\.png cannot be read"):
        export_data(workspace, pets, tmp_path / "out/a.zip")

    assert files_below(tmp_path / "out") == {}


def test_a_stopped_export_leaves_nothing_behind_nor_one_that_has_no_room_or_format(
    workspace, pets, tmp_path, monkeypatch
):
    asked = iter([False] * 7)
    (tmp_path / "out").mkdir()
    with pytest.raises(Stopped):
        export_data(workspace, pets, tmp_path / "out/a.zip", should_stop=lambda: next(asked, True))
    with pytest.raises(InputError, match="There is no format 'tar'"):
        export_data(workspace, pets, tmp_path / "out/a.zip", "tar")
    monkeypatch.setattr("core.data.export_data.KEEP_FREE_BYTES", 1 << 60)
    with pytest.raises(InputError, match="Free some space"):
        export_data(workspace, pets, tmp_path / "out/a.zip")

    assert files_below(tmp_path / "out") == {}
    assert read_index(workspace, pets).shape[0] == 33


def test_the_same_version_gives_the_same_archive(workspace, pets, tmp_path):
    for name in ("a.zip", "b.zip"):
        export_data(workspace, pets, tmp_path / name)

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()

"""Numbered files of one figure: found where they stand in two splits, quiet elsewhere, kept together from then on."""

import numpy as np
import pandas as pd
import pytest

from core.data import series, splits
from core.data.add import add
from core.data.append import append_source
from core.data.checks import Subject, Thresholds, check
from core.data.checks.issue import doubt
from core.data.checks.series import series_in_splits
from core.data.dataset import read_index
from core.data.difference import NOTHING
from core.data.edit import apply, undo
from core.data.edits import Group, Move, RenameClass, from_json, in_words, names_of, to_json
from core.data.mend import keep_series
from core.data.on_top import on_top
from core.data.sources import Reading
from core.errors import InputError
from core.evaluate.evaluation import with_units
from tests.making import frame, write_figures


def found(workspace, dataset):
    return [issue for issue in check(workspace, dataset) if issue.kind == "series_in_splits"]


def figures_of(index):
    """The truth: which figure each image shows."""
    return index["path"].str.rpartition("-attack-")[0]


@pytest.fixture
def frames(workspace, tmp_path):
    """Ten figures of six frames each."""
    return add(workspace, str(write_figures(tmp_path / "frames")))


def test_series_in_two_splits_are_one_finding_with_the_images_of_each(workspace, frames):
    index = read_index(workspace, frames)
    torn = index[index.groupby(figures_of(index))["split"].transform("nunique") > 1]

    (issue,) = found(workspace, frames)

    truth = {tuple(paths) for _, paths in torn.groupby(figures_of(torn))["path"]}
    assert (issue.severity, set(issue.groups), issue.count) == ("warning", truth, len(truth))
    assert sorted(issue.images) == sorted(torn["path"])
    assert issue.message.startswith(f"{len(torn)} images in {len(truth)} series of numbered names")
    assert issue.to_json()["groups"] == [list(paths) for paths in issue.groups]


@pytest.mark.parametrize(
    "name",
    ["{figure}_{number}.png", "{figure}-{number:03d}.png", "{figure} ({number}).png", "{figure}.{number}.png",
     "{figure}{number}.png", "{figure}/{number}.png", "{figure}/frame_{number}.png"],
)  # fmt: skip
def test_names_are_numbered_in_many_ways(name):
    rows = [(f"elf/{name.format(figure=figure, number=number)}", "elf") for figure in "abcde" for number in (1, 2, 10)]

    assert series.named(table(rows)).nunique() == 5


def test_a_file_without_number_is_of_the_series_of_its_numbered_ones():
    rows = [(f"{figure}{number}.png", "elf") for figure in "abc" for number in ("", " (2)", " (3)")]

    assert series.named(table(rows)).value_counts().tolist() == [3, 3, 3]


def test_frames_in_the_folders_of_two_splits_are_one_series():
    rows = [(f"{split}/elf/{figure}-{number}.png", "elf") for figure in "abc" for split in ("train", "test") for number in (1, 2)]  # fmt: skip

    assert series.named(table(rows)).value_counts().tolist() == [4, 4, 4]


def table(rows, **columns):
    index = pd.DataFrame(rows, columns=["path", "label"]).assign(**{"group": "", "near": "", **columns})
    index["sha256"] = [f"{number:064x}" for number in range(len(index))]
    return index


def numbered(name):
    return [(f"{label}/{name.format(label=label.title(), number=number)}", label) for label in ("cat", "dog") for number in range(1, 41)]  # fmt: skip


def hashes():
    random = np.random.default_rng(0)
    return [(f"cat/{random.bytes(3).hex()}-{number % 3}.png", "cat") for number in range(90)]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(numbered("{number}.png"), id="numbers"),
        pytest.param(numbered("image_{number:04d}.jpg"), id="one word"),
        pytest.param(numbered("{label}_{number}.jpg"), id="the class"),
        pytest.param(numbered("IMG_{number:04d}.JPG"), id="a phone"),
        pytest.param(numbered("DSC{number:05d}.JPG") + numbered("P101{number:04d}.JPG"), id="two cameras"),
        pytest.param(
            numbered("image_{number}.png") + [(f"cat/{one}{n}.png", "cat") for one in "abcdefg" for n in (1, 2)],
            id="mostly one word",
        ),
        pytest.param(hashes(), id="hashes"),
        pytest.param([(f"cat/{name}.png", "cat") for name in ("tom", "kit", "felix", "luna")], id="no numbers"),
    ],
)
def test_names_that_are_no_series_are_none(rows):
    assert set(series.named(table(rows))) == {""}


def test_breeds_of_a_class_that_are_numbered_look_no_more_alike_than_others():
    breeds = ["beagle", "boxer", "collie", "husky", "poodle"]
    rows = [(f"dog/{breed}_{number}.jpg", "dog") for breed in breeds for number in range(20)]
    random = np.random.default_rng(0)
    usual = dict(zip(breeds, random.normal(0, 1, 5), strict=True))  # a third of their spread: black dogs, white dogs
    tones = [usual[path[4:].partition("_")[0]] + random.normal(0, 2) for path, _ in rows]
    index = table(rows, brightness=tones, contrast=random.normal(0, 1, len(rows)))

    names = series.named(index)

    assert names.nunique() == 5
    assert not series.are_alike(index, names)
    spread = [10 * breeds.index(path[4:].partition("_")[0]) + random.normal() for path, _ in rows]
    assert series.are_alike(index.assign(brightness=spread, contrast=spread), names)


def test_likeness_is_the_intraclass_correlation(monkeypatch):
    """Shrout and Fleiss's example: four judges, six targets: ICC(1, 1) is 0.17 of the scores; ours is of their ranks."""
    scores = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    index = table([(f"x/{chr(97 + row)}{column}.png", "x") for row in range(6) for column in range(4)])
    flat = np.ravel(scores).astype(float)
    monkeypatch.setattr(pd.core.groupby.DataFrameGroupBy, "rank", lambda self, pct: self.obj)
    names = series.named(index)

    for limit, alike in ((0.16, True), (0.17, False)):  # 0.1657
        monkeypatch.setattr(series, "LEAST_ALIKE", limit)
        assert series.are_alike(index.assign(brightness=flat, contrast=flat), names) is alike

    monkeypatch.setattr(series, "MANY_SERIES", 6)
    monkeypatch.setattr(series, "SURE", 0.975)
    for limit, surely in ((-0.134, True), (-0.132, False)):  # its interval of 95 % by R's psych: -0.133 to 0.722
        monkeypatch.setattr(series, "LEAST_SURELY", limit)
        assert series.may_be_alike(index.assign(brightness=flat, contrast=flat), names) is surely


def numbered_pieces(pictures=60, of_picture=1.0, of_piece=1.5, seed=0):
    """Five pieces each of so many pictures, every fifth a test image; tones by default with an intraclass correlation of 0.31."""
    random = np.random.default_rng(seed)
    rows = [
        (f"art/{chr(97 + one % 26)}{chr(97 + one // 26)}_{piece}.png", "art")
        for one in range(pictures)
        for piece in range(5)
    ]
    usual = np.repeat(random.normal(0, of_picture, (2, pictures)), 5, axis=1)
    brightness, contrast = usual + random.normal(0, of_piece, usual.shape)
    return table(
        rows, split=["train", "train", "val", "train", "test"] * pictures, brightness=brightness, contrast=contrast
    )


def told(index):
    return series_in_splits(Subject(None, None, index, NOTHING, Thresholds()))


def test_many_series_that_look_somewhat_alike_are_a_hint_and_no_alarm():
    index = numbered_pieces()

    (hint,) = told(index)

    assert (hint.severity, hint.count, len(hint.images)) == ("note", 60, 300)
    assert hint.message.startswith(
        "300 images are numbered in 60 series, 60 of which stand in two or more splits (art/aa_0.png and art/aa_1.png, for one)."
    )
    assert doubt([hint]) is None
    (alarm,) = told(numbered_pieces(of_piece=0.5))
    assert (alarm.severity, alarm.groups) == ("warning", hint.groups)


@pytest.mark.parametrize(
    "index",
    [
        pytest.param(numbered_pieces(of_picture=0), id="names say nothing of tones"),
        pytest.param(
            numbered_pieces().assign(contrast=np.random.default_rng(1).normal(0, 1, 300)), id="brightness alone"
        ),
        pytest.param(numbered_pieces().assign(split="train"), id="one split"),
        pytest.param(
            numbered_pieces().assign(path=[f"art/IMG_{number:04}.png" for number in range(300)]),
            id="one series a class",
        ),
    ],
)
def test_series_that_say_nothing_are_no_hint(index):
    assert told(index) == []


def test_a_hint_takes_ten_series():
    for pictures, many in ((9, False), (10, True)):
        index = numbered_pieces(pictures, of_piece=0.3)
        assert series.may_be_alike(index, series.named(index)) is many


@pytest.mark.parametrize("word", ["", "series ", "series elf: "])
def test_what_has_a_group_is_in_no_series(workspace, tmp_path, word):
    folder = write_figures(tmp_path / "frames")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.png"))
    rows = [f"{path},{path.parent},{word}{path.name[-5]}" for path in files]
    (folder / "list.csv").write_text("\n".join(["path,label,group", *rows]))

    assert found(workspace, add(workspace, str(folder / "list.csv"))) == []


def test_copies_of_one_picture_in_two_splits_are_another_finding(workspace, tmp_path):
    folder = write_figures(tmp_path / "frames", classes=("elf",))
    files = sorted(folder.rglob("*.png"))
    rows = [f"elf/{file.name},elf,{'val' if file.name.startswith('elfa') else 'train'}" for file in files]
    for number in (1, 2):
        (folder / f"elf/copy-{number}.png").write_bytes(frame(999, 0))
        rows.append(f"elf/copy-{number}.png,elf,{('train', 'test')[number - 1]}")
    (folder / "list.csv").write_text("\n".join(["path,label,split", *rows]))

    kinds = [issue.kind for issue in check(workspace, add(workspace, str(folder / "list.csv")))]
    assert "split_leak" in kinds
    assert "series_in_splits" not in kinds


def test_after_the_answer_each_figure_is_on_one_side_and_counts_as_one(workspace, frames):
    index, (issue,) = read_index(workspace, frames), found(workspace, frames)

    made = apply(workspace, frames, keep_series(index, issue.groups, frames.seed))

    after = read_index(workspace, made)
    assert after.groupby(figures_of(after))["split"].nunique().max() == 1
    assert after.groupby("label")["split"].nunique().min() == 3  # nothing went empty
    pairs = pd.DataFrame({"figure": figures_of(after), "unit": with_units(after)["unit"]}).drop_duplicates()
    assert pairs["figure"].is_unique
    assert pairs["unit"].is_unique
    assert len(pairs) == 10
    assert found(workspace, made) == []
    assert "60 images put into 10 groups" in made.change
    assert read_index(workspace, undo(workspace, made)).equals(index)


def test_a_class_of_series_weighs_among_the_test_images_as_before_beside_one_of_single_images():
    random = np.random.default_rng(3)
    frames_of = random.integers(3, 10, 20)
    elves = [f"elf/elf{chr(97 + series)}-{number}.png" for series, of in enumerate(frames_of) for number in range(of)]
    orcs = [f"orc/{chr(97 + one % 26)}{chr(97 + one // 26)}x.png" for one in range(len(elves))]
    index = pd.DataFrame({"path": elves + orcs, "label": ["elf"] * len(elves) + ["orc"] * len(orcs), "group": ""})
    index["sha256"] = [f"{row:064}" for row in range(len(index))]
    index["split"] = splits.assign(index["label"], index["sha256"], index["group"])
    torn = index.groupby(series.named(index)).filter(lambda one: one["split"].nunique() > 1)

    edits = keep_series(index, list(torn["path"].groupby(series.named(torn)).agg(tuple)), 0)

    to = {image.path: edit.split for edit in edits if isinstance(edit, Move) for image in edit.images}
    before, after = (
        pd.crosstab(index["label"], now) for now in (index["split"], index["path"].map(to).fillna(index["split"]))
    )
    assert len(to) > 20
    assert after.loc["orc"].equals(before.loc["orc"])
    assert (after.loc["elf", ["val", "test"]] - before.loc["elf", ["val", "test"]]).abs().max() < frames_of.max()


def test_only_the_series_that_are_meant_are_moved_and_the_others_are_still_found(workspace, frames):
    index, (issue,) = read_index(workspace, frames), found(workspace, frames)

    made = apply(workspace, frames, keep_series(index, issue.groups[:1], frames.seed))

    after = read_index(workspace, made)
    moved = index["path"][(after["split"] != index["split"]).to_numpy()]
    assert set(moved) <= set(issue.groups[0])
    (left,) = found(workspace, made)
    assert set(left.groups) == set(issue.groups[1:])


def test_near_copies_go_with_the_series_that_they_hang_together_with(workspace, frames):
    index, (issue,) = read_index(workspace, frames), found(workspace, frames)
    mine, other = issue.groups[0][0], index["path"][~index["path"].isin(issue.groups[0])].iloc[0]
    index["near"] = np.where(index["path"].isin([mine, other]), "pair", "")
    edits = keep_series(index, issue.groups, 0)

    to = {image.path: edit.split for edit in edits if isinstance(edit, Move) for image in edit.images}
    after = index["path"].map(to).fillna(index["split"])
    grouped = index.assign(group=figures_of(index))
    assert after.groupby(splits.units(grouped)).nunique().max() == 1


def test_frames_that_come_later_join_their_series(workspace, frames, tmp_path):
    index, (issue,) = read_index(workspace, frames), found(workspace, frames)
    made = apply(workspace, frames, keep_series(index, issue.groups, frames.seed))
    more = tmp_path / "more"
    for label, figure in (("elf", 0), ("elf", 3), ("orc", 2)):
        (more / label).mkdir(parents=True, exist_ok=True)
        (more / label / f"{label}{chr(97 + figure)}-attack-7.png").write_bytes(
            frame(100 * (label == "orc") + figure, 7)
        )

    later = read_index(workspace, append_source(workspace, made, str(more)))

    assert len(later) == 63
    assert later.groupby(figures_of(later))[["split", "group"]].nunique().max().tolist() == [1, 1]


def test_a_figure_seen_from_several_sides_is_one_by_the_first_part_of_its_names(workspace, tmp_path):
    dataset = add(workspace, str(write_figures(tmp_path / "frames", frames=3, sides=("s", "se"))))
    index, (issue,) = read_index(workspace, dataset), found(workspace, dataset)
    assert "up to the first - or _ may be one thing too" in issue.message
    assert "all 20 series have 10 such first parts" in issue.message
    by_series = apply(workspace, dataset, keep_series(index, issue.groups, 0))
    grouped = read_index(workspace, by_series)
    figure = grouped["path"].str.partition("-")[0]
    assert grouped.groupby(figure)["split"].nunique().max() > 1, "what series alone leave apart"

    made = apply(workspace, by_series, keep_series(grouped, issue.groups, 0, first_part=True))

    more = tmp_path / "more/elf"
    more.mkdir(parents=True)
    (more / "elfb-n-1.png").write_bytes(frame(1, 99))
    for one in (made, append_source(workspace, made, str(tmp_path / "more"))):
        after = read_index(workspace, one)
        figure = after["path"].str.partition("-")[0]
        assert after.groupby(figure)[["split", "group"]].nunique().max().tolist() == [1, 1]
        assert after["group"].nunique() == 10
        assert after.groupby("label")["split"].nunique().min() == 3


def test_first_parts_are_told_only_where_they_join_series_that_look_alike(workspace, frames):
    index = read_index(workspace, frames)
    assert series.first_parts(index) == 0, "each is one series"

    paths = [f"elf/{one}-{side}-{n}.png" for one in "abcde" for side in "ns" for n in range(6)]
    split_up = index.assign(path=paths, label="elf")
    assert series.first_parts(split_up.sort_values("brightness").assign(path=paths)) == 5
    assert series.first_parts(split_up.sample(frac=1, random_state=0).assign(path=paths)) == 0


@pytest.mark.parametrize("by_name", [False, True])
def test_frames_that_come_later_join_their_series_also_where_its_class_was_renamed(workspace, tmp_path, by_name):
    made = add(workspace, str(write_figures(tmp_path / "frames")), reading=Reading(group_by_name=True))
    renamed = apply(workspace, made, [RenameClass("elf", "wood: elf")])
    folder = tmp_path / "more/wood: elf"
    folder.mkdir(parents=True)
    for figure in range(3 if by_name else 1):  # of three, the new ones are series by their own names too
        for number in (7, 8):
            (folder / f"elf{chr(97 + figure)}-attack-{number}.png").write_bytes(frame(figure, number))

    later = read_index(workspace, append_source(workspace, renamed, str(tmp_path / "more")))

    figure = figures_of(later).str.rpartition("/")[2]
    assert later.groupby(figure)[["split", "group"]].nunique().max().tolist() == [1, 1]
    assert later["group"].nunique() == 10


def test_frames_join_the_series_of_their_own_name_before_one_of_a_class_that_was_merged_into_theirs():
    old = table([("tom/a-1.png", "cat"), ("cat/a-1.png", "cat"), ("bob/a-1.png", "cat")])
    old["group"] = ["series tom: a", "series cat: a", "series bob: a"]

    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        assert series.joined(table([("cat/a-7.png", "cat")]), old.iloc[order]).tolist() == ["series cat: a"]


def test_numbers_alone_join_no_group_of_another_kind():
    old = table([("cat/a.png", "cat"), ("cat/b.png", "cat")], group="series 1")

    assert series.joined(table([("cat/7.png", "cat")]), old).tolist() == [""]


def test_classes_with_a_colon_have_series_of_their_own():
    rows = [(f"{path}{figure}-{number}.png", label) for figure in "abc" for number in (1, 2)
            for label, path in (("x", "x/y: "), ("x: y", "x: y/"))]  # fmt: skip

    assert series.named(table(rows)).nunique() == 6


def test_groups_go_to_json_and_on_top_of_what_others_changed(workspace, frames):
    index = read_index(workspace, frames)
    names = tuple(names_of(index, [0, 1, 2]))
    mine, theirs = Group(names, ("a", "a", "b")), Group(names[:1], ("c",))
    newer = apply(workspace, frames, [theirs])

    fitted = on_top(workspace, [mine], frames, newer)

    assert from_json(to_json(mine)) == mine
    assert in_words(mine) == "3 images in 2 groups"
    assert fitted.edits == (Group(names[1:], ("a", "b")),)
    assert "is c there and was in none" in fitted.refused[0]
    with pytest.raises(InputError, match="2 images have 1 groups"):
        Group(names[:2], ("a",))


def test_an_import_can_keep_series_on_one_side_from_the_start_and_stays_with_it(workspace, tmp_path):
    folder = write_figures(tmp_path / "frames")
    made = add(workspace, str(folder), reading=Reading(group_by_name=True))
    for number in (7, 8):
        (folder / f"orc/orcz-attack-{number}.png").write_bytes(frame(77, number))

    for dataset, figures in ((made, 10), (add(workspace, str(folder)), 11)):
        index = read_index(workspace, dataset)
        assert index.groupby(figures_of(index))[["split", "group"]].nunique().max().tolist() == [1, 1]
        assert index["group"].nunique() == figures
        assert "" not in set(index["group"])
        assert index.groupby("label")["split"].nunique().min() == 3


def test_series_can_be_let_go_again_and_taken_up_again_each_by_a_version_that_stays_with_it(workspace, tmp_path):
    folder = str(write_figures(tmp_path / "frames"))
    first, versions = read_index(workspace, add(workspace, folder)), []
    for asked in (None, True, None, False, None, True, None):
        made = add(workspace, folder, reading=Reading(group_by_name=asked))
        index = read_index(workspace, made)
        versions.append((made.version, index["group"].nunique()))
        assert index["split"].equals(first["split"]), "an image keeps its split"

    assert versions == [(1, 1), (2, 10), (2, 10), (3, 1), (3, 1), (4, 10), (4, 10)]


def test_a_series_that_grows_to_most_of_its_class_stays_one_and_so_do_the_others(workspace, tmp_path):
    folder = write_figures(tmp_path / "frames")
    add(workspace, str(folder), reading=Reading(group_by_name=True))
    for number in range(7, 50):
        (folder / f"elf/elfa-attack-{number}.png").write_bytes(frame(0, number))

    index = read_index(workspace, add(workspace, str(folder)))

    assert len(index) == 60 + 43
    assert index.groupby(figures_of(index))[["split", "group"]].nunique().max().tolist() == [1, 1]
    assert index["group"].nunique() == 10


def test_a_series_that_is_a_group_in_two_splits_is_still_found_and_mended(workspace, frames):
    index, (issue,) = read_index(workspace, frames), found(workspace, frames)
    grouped = apply(workspace, frames, [keep_series(index, issue.groups, 0)[-1]])

    (again,) = found(workspace, grouped)
    edits = keep_series(read_index(workspace, grouped), again.groups, 0)

    assert set(again.groups) == set(issue.groups)
    assert {type(edit) for edit in edits} == {Move}
    assert found(workspace, apply(workspace, grouped, edits)) == []

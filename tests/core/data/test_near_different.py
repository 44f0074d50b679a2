"""That near copies are different things in a whole data set is kept in its version, and splits and units follow it."""

import io

import pytest
from PIL import Image
from skimage import data as photos

from core.data import mend
from core.data.add import add
from core.data.append import append_source
from core.data.checks import Thresholds, check, look_again
from core.data.dataset import find, read_index, read_raw_index
from core.data.edit import apply, undo
from core.data.edits import NearCopies, from_json, to_json
from core.errors import InputError
from core.evaluate.evaluation import with_units
from tests.making import encoded

OF_NEAR = {"near_duplicates", "two_labels", "split_leak"}


def save(folder, name, picture, quality):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(encoded(picture, "JPEG", quality=quality))


@pytest.fixture
def cards(workspace, tmp_path):
    """Two classes of eight pictures, of which each stands five times, saved in five ways, and once a file twice."""
    for label, name in (("ace", "retina"), ("king", "astronaut")):
        whole = Image.fromarray(getattr(photos, name)()).resize((640, 640))
        for number in range(8):
            tile = whole.crop((number % 3 * 200, number // 3 * 200, number % 3 * 200 + 190, number // 3 * 200 + 190))
            for quality in (95, 85, 75, 65, 55):
                save(tmp_path / "in", f"{label}/{number}-{quality}.jpg", tile, quality)
    (tmp_path / "in/ace/again.jpg").write_bytes((tmp_path / "in/ace/0-95.jpg").read_bytes())
    return add(workspace, str(tmp_path / "in"), "cards")


def kinds(workspace, dataset):
    return {issue.kind for issue in check(workspace, dataset)}


def differing(workspace, dataset):
    index = read_raw_index(workspace, dataset)
    return apply(workspace, dataset, mend.near_copies_differ(index, dataset.seed, dataset.split_by == "fovea"))


def test_then_no_near_copy_is_found_and_none_is_kept_on_one_side_but_copies_of_one_file_are(workspace, cards):
    before = read_index(workspace, cards)
    units = with_units(before)["unit"]
    assert (before.groupby("near")["split"].nunique() == 1).all() and "near_duplicates" in kinds(workspace, cards)
    assert (units != "").sum() >= 70

    made = differing(workspace, cards)

    index = read_index(workspace, made)
    assert made.near_different and made.change.startswith("near copies are different things in this data set")
    assert not kinds(workspace, made) & OF_NEAR and "exact_duplicates" in kinds(workspace, made)
    assert not {one.kind for one in look_again(workspace, made, Thresholds.of({"near_similarity": 0.5}))} & OF_NEAR
    assert (with_units(index)["unit"] != "").sum() == 2  # the exact copy
    assert index.groupby(before["near"])["split"].nunique().max() > 1, "drawn anew"
    assert index.groupby("sha256")["split"].nunique().max() == 1
    assert (index["split"] == "test").mean() == pytest.approx(0.1, abs=0.05)
    assert read_raw_index(workspace, made)["near"].tolist() == before["near"].tolist(), "it can be taken back"


def test_it_holds_for_images_that_are_added_until_it_is_taken_back(workspace, cards, tmp_path):
    made = differing(workspace, cards)
    tile = Image.open(io.BytesIO((tmp_path / "in/king/0-95.jpg").read_bytes()))
    save(tmp_path / "more", "king/new.jpg", tile, 45)

    more = append_source(workspace, made, str(tmp_path / "more"))

    assert more.near_different and not kinds(workspace, more) & OF_NEAR
    raw = read_raw_index(workspace, more).set_index("path")["near"]
    assert raw["king/new.jpg"] == raw["king/0-95.jpg"] != ""
    back = apply(workspace, find(workspace, "cards"), [NearCopies(False)])
    assert "near_duplicates" in kinds(workspace, back)


def test_it_holds_where_the_source_is_added_again(workspace, cards, tmp_path):
    differing(workspace, cards)
    (tmp_path / "in/king/0-55.jpg").unlink()

    again = add(workspace, str(tmp_path / "in"), "cards")

    assert again.images == cards.images - 1
    assert again.near_different and not kinds(workspace, again) & OF_NEAR


def test_undo_brings_the_splits_and_the_findings_back(workspace, cards):
    made = differing(workspace, cards)

    back = undo(workspace, made)

    assert not back.near_different and "near copies count as such again" in back.change
    assert read_index(workspace, back).equals(read_index(workspace, cards))


def test_splits_that_the_source_brought_stay(workspace, cards):
    edits = mend.near_copies_differ(read_raw_index(workspace, cards), 0, drawn_here=False)

    assert edits == [NearCopies(True)]


def test_it_is_an_edit_like_others(workspace, cards):
    edit = NearCopies(True)

    assert from_json(to_json(edit)) == edit
    with pytest.raises(InputError, match="unfit fields"):
        from_json({"edit": "near_copies", "different": "yes"})
    with pytest.raises(InputError, match="change nothing"):
        apply(workspace, cards, [NearCopies(False)])

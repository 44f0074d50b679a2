"""What a file tells beside its picture."""

import pytest
from PIL import Image
from skimage import data as photos

from core import images
from core.data.add import add
from core.data.checks import check
from core.data.dataset import read_index
from tests.making import encoded, write_classes

PHOTO = Image.fromarray(photos.coffee()).resize((90, 60))


def exif(**tags):
    made = Image.Exif()
    if "orientation" in tags:
        made[0x0112] = tags["orientation"]
    if "camera" in tags:
        made[0x0110] = "Phone"
    if "time" in tags:
        made.get_ifd(0x8769)[0x9003] = "2026:01:02 03:04:05"
    if "owner" in tags:
        made.get_ifd(0x8769)[0xA431] = "No. 4711"
    if "place" in tags:
        made.get_ifd(0x8825)[2] = (47.0, 22.0, 11.5)
    return made.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("told", ["camera", "time", "owner", "place"])
def test_each_kind_of_private_metadata_is_named(kind, told):
    data = encoded(PHOTO, kind, exif=exif(**{told: True}))

    assert images.decode(data).info["metadata"] == (told,)


def test_an_orientation_other_than_one_is_named_and_one_is_not():
    assert images.decode(encoded(PHOTO, "JPEG", exif=exif(orientation=6))).info["metadata"] == ("orientation",)
    assert images.decode(encoded(PHOTO, "JPEG", exif=exif(orientation=1))).info["metadata"] == ()


def test_plain_files_tell_nothing():
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        assert images.decode(encoded(PHOTO, kind)).info["metadata"] == ()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated File")
def test_damaged_metadata_does_not_make_a_picture_unreadable():
    whole = exif(time=True, place=True)
    for cut in range(20, len(whole), 7):
        images.decode(encoded(PHOTO, "JPEG", exif=whole[:cut]))


def test_what_the_source_tells_is_a_finding_though_the_kept_copies_tell_nothing(workspace, tmp_path):
    folder = write_classes(tmp_path / "in", {"cat": 25, "dog": 25})
    (folder / "cat/trip.jpg").write_bytes(encoded(PHOTO, "JPEG", exif=exif(place=True, camera=True, orientation=6)))
    (folder / "dog/home.jpg").write_bytes(encoded(PHOTO.rotate(90), "JPEG", exif=exif(camera=True)))

    dataset = add(workspace, str(folder), keep=True)

    issues = {issue.kind: issue for issue in check(workspace, dataset)}
    private, turned = issues["private_metadata"], issues["orientation"]
    assert (private.severity, set(private.images)) == ("warning", {"cat/trip.jpg", "dog/home.jpg"})
    assert "where they were taken (GPS) in 1, the camera in 2" in private.message
    assert turned.images == ("cat/trip.jpg",)
    told = read_index(workspace, dataset).set_index("path")["metadata"]
    assert told["cat/trip.jpg"] == "orientation,place,camera"
    assert told["cat/000.png"] == ""

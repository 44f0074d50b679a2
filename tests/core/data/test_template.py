"""What many pictures share does not make two of them near copies; a real copy among them is found all the same."""

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks import originals
from core.data import alikeness, near, template
from tests.core.data.test_near import small_of, tiles
from tests.making import encoded

COUNT = 120


def saved(picture, quality):
    return Image.open(io.BytesIO(encoded(picture, "JPEG", quality=quality))).convert("RGB")


@pytest.fixture(scope="module", params=[False, True], ids=["photographed", "drawn"])
def one_template(request):
    """Pictures that share all but a mark, then copies of the first ten that were saved anew."""
    pictures = originals.of_one_template(COUNT, drawn=request.param)
    return small_of([*pictures, *(saved(picture, 60) for picture in pictures[:10])])


def test_pictures_that_share_all_but_a_mark_are_no_near_copies_but_copies_of_them_are(one_template):
    group = near.groups_of(*one_template)

    sizes = np.bincount(group[:COUNT], minlength=COUNT)
    assert (sizes[group[:COUNT]] > 1).mean() <= 0.02
    assert (group[:10] == group[COUNT:]).mean() >= 0.9


def test_what_is_left_without_the_template_tells_marks_apart(one_template):
    seen = one_template[2].colours(np.arange(COUNT + 10))
    shared = np.repeat(np.median(seen[50:82], axis=0).astype(np.uint8)[None], 10, 0)

    others, copies = seen[10:20], seen[COUNT:]
    whole = alikeness.alikeness(seen[:10], others)
    assert whole.max() > 0.9, "some look alike"
    assert np.abs(alikeness.alike_beyond(seen[:10], others, shared)).max() < 0.65
    assert np.median(alikeness.alike_beyond(seen[:10], copies, shared)) > 0.65


def test_the_template_is_the_residual_of_least_squares():
    """Against NumPy's own solver, picture by picture."""
    chance = np.random.default_rng(0)
    shared = chance.uniform(0, 255, (2, 3, 32, 32)).astype(np.float32)
    pictures = 0.8 * shared + chance.normal(0, 20, shared.shape).astype(np.float32) + 12

    left = alikeness.beyond(pictures, shared)

    def edges(picture):
        inside = picture[:, 3:-3, 3:-3]
        return np.concatenate([(inside[:, 1:] - inside[:, :-1]).ravel(), (inside[..., 1:] - inside[..., :-1]).ravel()])

    for one, of, rest in zip(pictures, shared, left, strict=True):
        (amount,), *_ = np.linalg.lstsq(edges(of)[:, None], edges(one), rcond=None)
        alone = edges(one) - amount * edges(of)
        assert np.corrcoef(alone, edges(rest))[0, 1] > 0.99
        assert abs(np.corrcoef(edges(rest), edges(of))[0, 1]) < 0.01


def test_different_pictures_and_a_few_copies_of_each_have_no_template():
    pictures = [*tiles(), *(saved(picture, 70) for picture in tiles()), *(saved(picture, 50) for picture in tiles())]
    _, _, small = small_of(pictures)
    coarse = template.coarse_of(small.tones(np.arange(len(pictures))))

    found = template.find(np.array(["one"] * len(pictures)), coarse, small.tones)

    assert len(pictures) >= template.LEAST
    assert found.samples == () and (found.of == -1).all()


def test_a_class_and_the_whole_set_may_have_templates():
    marked = originals.of_one_template(30)
    pictures = [*marked, *tiles()]
    labels = np.array(["form"] * 30 + ["photo"] * len(tiles()))
    _, _, small = small_of(pictures)
    coarse = template.coarse_of(small.tones(np.arange(len(pictures))))

    found = template.find(labels, coarse, small.tones)

    assert (found.of[:30, 0] == 0).all()
    assert (found.of[30:, 0] == -1).all()
    pairs = np.array([[0, 1], [0, 40], [40, 41]])
    which, number = found.of_pairs(pairs)
    assert {0, 1} <= set(which) and set(number) >= {0}

"""What Classify says of many pictures."""

import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint
from streamlit.testing.v1 import AppTest

from core.evaluate import class_threshold, rule
from core.evaluate.class_threshold import ClassThreshold
from core.evaluate.evaluation import keep_answers
from core.predict.predictor import Prediction
from core.predict.table import csv_of
from core.train.config import TrainConfig
from core.train.runs import Run, save
from core.workspace.atomic import write_json
from pages.classify_parts import many
from pages.classify_parts.many import DOUBTFUL, ORDERS, UNLIKE
from pages.shared.messages import plain
from tests.making import encoded
from tests.pages.conftest import again, keep_answered, said

SURE = Prediction("sure.jpg", "cat", 0.99, (("cat", 0.99),), distance=0.4, unlike=False)
UNSURE = Prediction("unsure.jpg", "cat", 0.5, (("cat", 0.5),), distance=0.9, unlike=False)
OTHER = Prediction("other.jpg", "dog", 0.97, (("dog", 0.97),), distance=3.5, unlike=True)
BROKEN = Prediction("broken.jpg", None, None, (), "broken.jpg is not a picture.")
OLD = Prediction("old.jpg", "cat", 0.9, (("cat", 0.9),))  # of a run that cannot tell


def names(order, *answers):
    return [answer.path.removesuffix(".jpg") for answer in sorted(answers, key=ORDERS[order])]


def test_what_is_unlike_comes_first_however_sure_the_answer_is():
    assert names(DOUBTFUL, SURE, UNSURE, OTHER) == ["other", "unsure", "sure"]
    assert names(UNLIKE, SURE, OTHER, UNSURE) == ["other", "unsure", "sure"]
    assert names(DOUBTFUL, SURE, OLD) == ["old", "sure"]


def test_the_csv_says_of_each_picture_whether_it_is_unlike_and_nothing_where_that_is_not_known():
    table = pd.read_csv(
        io.BytesIO(csv_of([SURE, OTHER, BROKEN, OLD], ("cat", "dog"), "run-1")), dtype=str, keep_default_na=False
    )

    assert table["unlike"].tolist() == ["False", "True", "", ""]
    assert table["distance"].tolist() == ["0.4", "3.5", "", ""]
    assert table["distance_limit"].tolist() == ["1.0", "1.0", "", ""]


LABELS = ("cat", "dog")
MISSES = plain("It can only say one of its 2 classes: cat, dog. Many pictures of other things may go unmarked.")
CANNOT_TELL = plain("It can only say one of its 2 classes: cat, dog. It cannot tell a picture of something else.")


def many_answered(model, names):
    from types import SimpleNamespace

    from pages.classify_parts import many
    from tests.making import png

    many.show(model, [SimpleNamespace(file_id=name, name=name, getvalue=lambda: png(0)) for name in names])


def test_of_many_pictures_those_unlike_its_data_are_counted_and_marked(monkeypatch):
    drawn, answers = [], {one.path: one for one in (SURE, OTHER, UNSURE)}
    monkeypatch.setattr(many, "answer_many", lambda model, files: answers)
    monkeypatch.setattr(many, "gallery", lambda tiles, *given, **named: drawn.extend(tiles))
    model = SimpleNamespace(predictor=SimpleNamespace(tells_unlike=True, labels=LABELS, of_class=None))

    page = again(AppTest.from_function(many_answered, args=(model, list(answers))))

    assert "3 pictures, 1 marked as unlike its training images" in said(page)
    assert [one.value for one in page.caption] == [MISSES], "the other two are not said to be like them"
    assert [(tile.id, tile.badge) for tile in drawn] == [("other.jpg", "unlike"), ("unsure.jpg", ""), ("sure.jpg", "")]
    assert "unlike its data" in drawn[0].caption


KEY = Prediction(
    "key.jpg",
    "animals",
    0.103,
    (("tools", 0.803), ("animals", 0.103)),
    unlike=False,
    by_class_threshold=True,
    refused="tools",
)
SAW = Prediction("saw.jpg", "tools", 0.4, (("food", 0.5), ("tools", 0.4)), unlike=False, by_class_threshold=True)
FOREIGN = replace(KEY, path="foreign.jpg", withheld=True, unlike=True)


def test_of_many_pictures_those_that_a_threshold_decided_are_counted_marked_and_called_what_they_are_not(monkeypatch):
    drawn, answers = [], {one.path: one for one in (KEY, SAW, FOREIGN, SURE)}
    monkeypatch.setattr(many, "answer_many", lambda model, files: answers)
    monkeypatch.setattr(many, "gallery", lambda tiles, *given, **named: drawn.extend(tiles))
    of_class = SimpleNamespace(label="tools")
    model = SimpleNamespace(predictor=SimpleNamespace(tells_unlike=True, labels=LABELS, of_class=of_class))

    page = again(AppTest.from_function(many_answered, args=(model, list(answers))))

    assert (
        '4 pictures, "I don\'t know" to 1 of them, 1 marked as unlike its training images (1 is both), 3 decided by the threshold '
        "of tools"
    ) in said(page)
    tiles = {tile.id.removesuffix(".jpg"): (tile.caption.replace("\u00a0", " "), tile.badge) for tile in drawn}
    assert tiles == {
        "key": ("not tools · only 80.3 %", "threshold"),
        "saw": ("tools · 40.0 %", "threshold"),
        "foreign": ("I don't know · likeliest tools · 80.3 % · unlike its data", "unlike"),
        "sure": ("cat · 99.0 %", ""),
    }


@pytest.mark.parametrize(
    ("prediction", "title", "words"),
    [
        (KEY, "Not tools", "tools is likeliest with **80.3 %**, but the threshold chosen on Evaluate says it from 83.66 % on only. "
         "The likeliest other is animals with **10.3 %**."),
        (SAW, "tools", "with **40.0 %**: food is likelier, but the threshold chosen on Evaluate says tools from 83.66 % on."),
        (replace(KEY, withheld=True), "I don't know", "It would have said **not tools**: tools is likeliest with **80.3 %**, but "
         "the threshold chosen on Evaluate says it from 83.66 % on only. The likeliest other is animals with **10.3 %**; it answers "
         "from 98.0 % on."),
    ],
)  # fmt: skip
def test_the_answer_to_one_picture_says_what_the_threshold_decided(prediction, title, words, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *given, **named: None)
    of_class = SimpleNamespace(label="tools", threshold=0.8366)

    page = again(AppTest.from_function(answered, args=(prediction, True, of_class)))

    assert [one.value for one in page.title] == [title]
    assert page.markdown[0].value.replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("tells", "why_not", "words"),
    [
        (
            True,
            None,
            "about 1 in 20 good ones are marked by mistake, and many pictures of other things may go unmarked.",
        ),
        (False, "it had 9", "It cannot tell what is unlike its data: it had 9."),
    ],
)
def test_the_page_says_whether_a_model_can_tell_what_is_unlike_its_data(workspace, tells, why_not, words):
    from pages import classify

    predictor = SimpleNamespace(labels=("cat",), channels=3, size=8, tells_unlike=tells, unlike_reason=why_not)

    assert words in classify._what_it_knows(SimpleNamespace(predictor=predictor))


def how_good(run):
    from pages import classify

    classify._how_good(run)


@pytest.mark.parametrize(
    ("right", "words"),
    [
        (90, "On 100 test images it names 90.0\u00a0% (82.6 to 94.5) right."),
        (55, "(45.2 to 64.4) right, which is not surely better than always guessing the largest class."),
    ],
)
def test_pupils_read_how_good_the_model_is_with_its_interval(workspace, right, words):
    run = Run("one", "pets@1", TrainConfig("fast_cnn"), figures={"test_accuracy": right / 100})
    save(workspace, run)
    assert not again(AppTest.from_function(how_good, args=(run,))).markdown, "nothing is kept yet"
    keep_answered(workspace, run, right)

    assert plain(words) in said(again(AppTest.from_function(how_good, args=(run,))))


def test_pupils_read_that_few_things_are_too_few_to_rely_on(workspace):
    """Frames of three bursts: the number of images and an interval alone look surer than they are."""
    run = Run("one", "pets@1", TrainConfig("fast_cnn"), figures={"test_accuracy": 0.99})
    save(workspace, run)
    keep_answered(workspace, run, 99, [f"burst {place // 40}" for place in range(100)])

    read = said(again(AppTest.from_function(how_good, args=(run,))))

    assert "3 groups in all" in read
    assert "too few to rely on any figure of them" in read


def test_pupils_read_what_is_answered_and_right_of_it_with_a_rule_and_with_the_threshold_of_a_class(workspace):
    """Of 100 images it is sure of 80, of which 78 are right, and unsure of 20, of which 12 are."""
    run = Run("one", "pets@1", TrainConfig("fast_cnn"))
    save(workspace, run)
    write_json(run.folder(workspace) / "labels.json", ["cat", "dog"])
    (run.folder(workspace) / "model.tflite").write_bytes(b"")
    places = np.arange(100)
    labels, names = places % 2, [f"{place}.png" for place in places]
    index = pd.DataFrame(
        {"path": names, "label": np.array(["cat", "dog"])[labels], "group": "", "sha256": names, "file": names}
    )
    named = np.where((places < 2) | (places >= 92), 1 - labels, labels)
    sure = np.where(places < 80, 0.9, 0.6)[:, None]
    keep_answers(workspace, run, "pets@1", "test", index, np.where(np.eye(2)[named] > 0, sure, 1 - sure))
    rule.keep(workspace, run, rule.Rule(0.05, 0.95, 0.8, 1.0, "pets@1", "val", 100, 80, 2, 0.0))

    def share(right, images):
        low, high = proportion_confint(right, images, method="wilson")
        return f"{right / images * 100:.1f} % ({low * 100:.1f} to {high * 100:.1f})"

    assert again(AppTest.from_function(how_good, args=(run,))).markdown[0].value == plain(
        f"On 100 test images, with its rule it answers {share(80, 100)}, and of these answers {share(78, 80)} are right; "
        f"without it {share(90, 100)} are right."
    )

    rule.remove(workspace, run)  # no cat is as sure as this: all are called dogs, of which half are
    never = ClassThreshold("cat", 0.95, "recall", 0.5, 1.0, 1.0, 1.0, "pets@1", "val", 100, 1, 1, 0, 0.0)
    class_threshold.keep(workspace, run, never)
    assert again(AppTest.from_function(how_good, args=(run,))).markdown[0].value == plain(
        f'On 100 test images, with the threshold of cat it names {share(50, 100)} right ("not cat" counts as the likeliest other '
        f"class); without it {share(90, 100)} are right."
    )


def answered(prediction, tells=True, of_class=None):
    from types import SimpleNamespace

    import numpy as np

    from pages.classify_parts import one
    from pages.classify_parts.answers import Answer

    predictor = SimpleNamespace(
        threshold=0.98, fit="crop", of_class=of_class, tells_unlike=tells, labels=("cat", "dog")
    )
    model = SimpleNamespace(predictor=predictor, run=SimpleNamespace(id="run"))
    one._answer(model, Answer(prediction, np.zeros((8, 8, 3), np.uint8), 0.01), "test")


@pytest.mark.parametrize(("prediction", "first"), [(SURE, "cat"), (OTHER, "Unlike its training images")])
def test_where_a_picture_is_unlike_its_data_that_is_read_first(prediction, first, monkeypatch):
    monkeypatch.setattr("streamlit.page_link", lambda *given, **named: None)
    page = AppTest.from_function(answered, args=(prediction,)).run()

    assert not page.exception
    assert [title.value for title in page.title] == [first]
    assert any("the centre square of the picture" in caption.value for caption in page.caption)
    if prediction is OTHER:
        assert any("It answers **dog** with **97.0\u00a0%**" in line.value for line in page.markdown)


@pytest.mark.parametrize(("prediction", "tells", "words"), [(SURE, True, MISSES), (OLD, False, CANNOT_TELL)])
def test_that_other_things_get_one_of_its_classes_too_is_said_between_the_answer_and_its_bars(prediction, tells, words):
    page = again(AppTest.from_function(answered, args=(prediction, tells)))

    assert [one.type for one in page.main.children.values()][:3] == ["title", "markdown", "caption"]
    assert page.caption[0].value == words


def test_of_many_pictures_too(monkeypatch):
    monkeypatch.setattr(many, "answer_many", lambda model, files: {"old.jpg": OLD})
    monkeypatch.setattr(many, "gallery", lambda tiles, *given, **named: None)
    model = SimpleNamespace(predictor=SimpleNamespace(tells_unlike=False, labels=LABELS, of_class=None))

    page = again(AppTest.from_function(many_answered, args=(model, ["old.jpg"])))

    assert [one.value for one in page.caption] == [CANNOT_TELL]


def one_shown(pixels):
    from types import SimpleNamespace

    import numpy as np

    from core.predict.predictor import Prediction
    from pages.classify_parts import one
    from tests.making import encoded

    sure = Prediction("sure.png", "cat", 0.97, (("cat", 0.97),))
    predictor = SimpleNamespace(
        threshold=0.0, fit="crop", of_class=None, tells_unlike=False, labels=("cat", "dog"),
        see=lambda data, name: np.zeros((8, 8, 3), np.uint8), rank=lambda *given: [sure],
    )  # fmt: skip
    one.show(SimpleNamespace(predictor=predictor, run=SimpleNamespace(id="run")), encoded(pixels), "sure.png", "test")


@pytest.mark.parametrize("alpha", [0, 254, 255])
def test_that_what_is_transparent_lies_on_white_is_said_where_any_of_it_is(alpha):
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[2, 3, 3] = alpha

    page = again(AppTest.from_function(one_shown, args=(pixels,)))

    assert ("What is transparent in it lies on white, as in training." in said(page)) is (alpha < 255)


def test_of_many_pictures_those_that_are_transparent_are_told():
    clear, opaque = np.full((8, 8, 4), 255, np.uint8), np.full((8, 8, 4), 255, np.uint8)
    clear[2, 3, 3] = 0
    captions = [
        many._tile(
            SimpleNamespace(file_id=name, name=name, getvalue=lambda pixels=pixels: encoded(pixels)), SURE
        ).caption
        for name, pixels in {"clear.png": clear, "opaque.png": opaque}.items()
    ]

    assert ["transparent, on white" in caption for caption in captions] == [True, False]

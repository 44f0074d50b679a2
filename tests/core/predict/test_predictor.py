import threading

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

from core.data.add import add
from core.data.dataset import picture_file, read_index
from core.errors import FoveaError, InputError, NotFoundError
from core.evaluate.evaluation import evaluate, find_evaluation, shown_predictions
from core.inference import InterpreterPool, pool
from core.predict.predictor import Predictor, find_pictures
from core.train import runs
from core.train.config import TrainConfig
from core.workspace.atomic import write_json
from tests.making import encoded, noise, write_classes


@pytest.fixture(scope="module")
def predictor(trained):
    return Predictor.of_run(trained.workspace, trained.run)


@pytest.fixture(scope="module")
def answered(trained):
    """What the evaluation answered to the test split."""
    evaluation = find_evaluation(trained.workspace, trained.run, "digits@1", "test")
    return shown_predictions(trained.workspace, trained.run, evaluation)


def test_files_get_the_same_answers_as_in_the_evaluation(trained, predictor, answered):
    files = [(row.path, picture_file(trained.workspace, trained.dataset, row.file)) for row in answered.itertuples()]

    predictions = list(predictor.predict(files, top=10))

    assert [one.path for one in predictions] == answered["path"].tolist()
    assert [one.label for one in predictions] == answered["predicted"].tolist()
    np.testing.assert_allclose([one.probability for one in predictions], answered["probability"], atol=1e-6)
    for one, row in zip(predictions, answered.to_dict("records"), strict=True):
        assert dict(one.top) == pytest.approx({name: row[f"p_{name}"] for name in predictor.labels}, abs=1e-6)


def test_photos_of_every_shape_get_the_same_answers_as_in_the_evaluation(workspace, tmp_path):
    """A model that was never trained will do: what is compared is how a picture reaches it."""
    import keras

    import models
    from core.predict.export import to_litert

    taken = {"cat": photos.chelsea(), "cup": photos.coffee(), "rocket": photos.rocket(), "woman": photos.astronaut()}
    for label, photo in taken.items():
        (tmp_path / "in" / label).mkdir(parents=True)
        for number in range(6):
            part = Image.fromarray(photo[number * 20 :, : 280 + number * 11]).rotate(number)
            part.save(tmp_path / "in" / label / f"{number}.{('jpg', 'png', 'webp')[number % 3]}")
    dataset = add(workspace, str(tmp_path / "in"))
    run = runs.create(workspace, dataset, TrainConfig(architecture="fast_cnn", batch_size=4, image_size=48))
    keras.utils.set_random_seed(1)
    model = models.build("fast_cnn", (48, 48, 3), 4, {})
    model.layers[-1].set_weights([weight * 20 for weight in model.layers[-1].get_weights()])
    to_litert(model, run.folder(workspace) / "model.tflite")
    write_json(run.folder(workspace) / "labels.json", list(dataset.classes))

    table = shown_predictions(workspace, run, evaluate(workspace, run, dataset, "train"))
    predictions = list(Predictor.of_run(workspace, run).predict(find_pictures([str(tmp_path / "in")]).pictures))

    answers = {one.path.removeprefix(f"{tmp_path}/in/"): one for one in predictions}
    assert len(answers) == 24
    assert table["probability"].nunique() > 12
    for row in table.itertuples():
        assert answers[row.path].label == row.predicted
        assert answers[row.path].probability == pytest.approx(row.probability, abs=1e-6)


def test_answers_are_ranked_likeliest_first(predictor):
    (one,) = predictor.rank(noise(0, 8, 8, 1)[None, ..., None], ["x"], top=4)

    chances = [chance for _, chance in one.top]
    assert len(chances) == 4
    assert chances == sorted(chances, reverse=True)
    assert one.top[0] == (one.label, one.probability)
    (everything,) = predictor.rank(noise(0, 8, 8, 1)[None, ..., None], ["x"], top=99)
    assert sum(chance for _, chance in everything.top) == pytest.approx(1, abs=1e-5)


def test_a_picture_that_cannot_be_read_gets_its_reason_and_hinders_no_other(predictor, tmp_path):
    write_classes(tmp_path, {"some": 3})
    (tmp_path / "some/001.png").write_text("no picture")

    answers = list(predictor.predict(find_pictures([str(tmp_path / "some")]).pictures))

    assert [one.error is None for one in answers] == [True, False, True]
    assert "001.png is not a picture" in answers[1].error
    assert (answers[1].label, answers[1].probability, answers[1].top) == (None, None, ())


def test_bytes_and_files_get_the_same_answer(predictor, tmp_path):
    (tmp_path / "a.png").write_bytes(encoded(photos.camera()))

    one, other = predictor.predict([("a", tmp_path / "a.png"), ("a", encoded(photos.camera()))])

    assert one == other


def test_more_pictures_than_a_batch_come_back_in_their_order(predictor):
    data = [encoded(noise(seed, 8, 8, 1)) for seed in range(5)]

    answers = list(predictor.predict((str(i), data[i % 5]) for i in range(300)))

    assert [one.path for one in answers] == [str(i) for i in range(300)]
    assert all(answers[i].probability == pytest.approx(answers[i % 5].probability, abs=1e-6) for i in range(300))


def test_everybody_gets_their_own_answer_from_many_threads(predictor):
    """FAULTS 25, on core's side."""
    pictures = [noise(seed, 8, 8, 1)[None, ..., None] for seed in range(50)]
    expected = [predictor.rank(picture, ["x"])[0].probability for picture in pictures]
    got = {}

    def ask(number):
        for _ in range(5):
            got[number] = predictor.rank(pictures[number], ["x"])[0].probability

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [got[number] for number in range(50)] == pytest.approx(expected, abs=1e-6)


def test_paths_come_back_as_given_or_found_below(tmp_path, monkeypatch):
    write_classes(tmp_path, {"b": 2, "a": 1})
    (tmp_path / "b/.DS_Store").touch()
    monkeypatch.chdir(tmp_path)

    assert [name for name, _ in find_pictures(["b", "a/000.png"]).pictures] == ["b/000.png", "b/001.png", "a/000.png"]
    with pytest.raises(NotFoundError, match="nothing at gone"):
        find_pictures(["gone"])


def test_pictures_of_a_wrong_shape_are_refused_exactly(trained):
    """FAULTS 17"""
    model = InterpreterPool(trained.run.folder(trained.workspace) / "model.tflite")

    with pytest.raises(ValueError, match=r"takes pictures of \(8, 8, 1\), not \(9, 9, 1\)"):
        model.predict(np.zeros((1, 9, 9, 1), np.uint8))
    assert model.predict(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0, 10)


def test_answers_that_are_not_finite_are_never_given_whoever_asks(trained, monkeypatch):
    """FAULTS 21: evaluation, predictions and the comparison with Keras all answer through the pool."""
    model = InterpreterPool(trained.run.folder(trained.workspace) / "model.tflite")
    answers = np.full((3, 10), 0.1, np.float32)
    answers[1, 4] = np.inf
    monkeypatch.setattr(pool, "_invoke", lambda interpreter, block: answers)

    with pytest.raises(InputError, match=r"answers 1 of 3 images with NaN or infinity: its training diverged.*lower"):
        model.predict(np.zeros((3, 8, 8, 1), np.uint8))


def test_a_run_without_a_model_says_so(workspace, tmp_path):
    dataset = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})))
    run = runs.create(workspace, dataset, TrainConfig(architecture="fast_cnn", batch_size=8))

    with pytest.raises(InputError, match="has no model yet"):
        Predictor.of_run(workspace, run)


def test_what_was_exported_answers_what_was_trained(trained):
    import keras

    run = trained.run.folder(trained.workspace)
    index = read_index(trained.workspace, trained.dataset)
    files = [picture_file(trained.workspace, trained.dataset, file) for file in index["file"][:100]]
    pixels = np.stack([np.asarray(Image.open(file))[..., None] for file in files])

    original = np.array(keras.saving.load_model(run / "model.keras")(pixels.astype("float32")))

    np.testing.assert_allclose(InterpreterPool(run / "model.tflite").predict(pixels), original, atol=1e-4)
    assert trained.run.figures["parity"]["agreement"] == 1
    assert trained.run.figures["parity"]["max_abs_diff"] < 1e-4


def test_an_export_that_answers_otherwise_is_refused(trained):
    import keras

    from core.predict.export import compare

    folder = trained.run.folder(trained.workspace)
    model = keras.saving.load_model(folder / "model.keras")
    model.set_weights([weight * 1.2 for weight in model.get_weights()])

    with pytest.raises(FoveaError, match=r"differs from the trained one by .* is the limit"):
        compare(model, folder / "model.tflite", noise(0, 8, 8, 1)[None, ..., None])


def test_paths_below_a_folder_begin_as_the_folder_was_given(tmp_path, monkeypatch):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "a.png").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    assert [name for name, _ in find_pictures(["./some"]).pictures] == ["./some/a.png"]

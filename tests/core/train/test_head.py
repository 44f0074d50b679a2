import dataclasses
import json
import os
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.utils.class_weight import compute_sample_weight

from core import images
from core.data.add import add
from core.data.dataset import picture_file, read_index
from core.data.embeddings import embed, embedded_rows, read_embeddings
from core.data.splits import units
from core.errors import ConfigError
from core.evaluate.evaluation import find_evaluation, shown_predictions
from core.inference.embedder import BLOCKS
from core.jobs import heads
from core.predict import novelty
from core.progress import never, no_progress
from core.train import training_data
from core.train.config import HEAD_STRENGTHS, TrainConfig, resolve, strengths
from core.train.head import Vectors, train_head
from core.train.loop import train
from core.train.presets import PRESETS
from core.train.runs import find_run
from core.train.softmax import path
from tests.making import fovea, python, read_json

QUICK = PRESETS["quick"].config


def clusters(counts, width=20, seed=0):
    """Unit vectors around a centre for each class, and their labels."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(len(counts), width))
    labels = np.repeat(np.arange(len(counts)), counts)
    vectors = centres[labels] + random.normal(0, 1.5, (len(labels), width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def softmax(weights, vectors):
    logits = vectors @ weights[0] + weights[1]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("counts", [(30, 30), (30, 20, 10)], ids=["two classes", "three classes"])
def test_the_softmax_answers_as_scikit_learns_logistic_regression(counts):
    vectors, labels = clusters(counts)

    for strength, weights in zip((1.0, 10.0), path(vectors, labels, len(counts), (1.0, 10.0)), strict=True):
        columns = 2 if len(counts) == 2 else 1  # scikit-learn has one column of weights for two classes
        truth = LogisticRegression(C=columns * strength, tol=1e-8).fit(vectors, labels).predict_proba(vectors)
        np.testing.assert_allclose(
            softmax(weights, vectors), truth, atol=5e-3
        )  # what the tolerance of the solver leaves


def test_vectors_that_are_not_numbers_end_the_training_with_the_cause_and_advice():
    """FAULTS 21"""
    vectors, labels = clusters((20, 20))
    broken = np.full_like(vectors, np.nan)

    with pytest.raises(
        ConfigError, match=r"The loss became nan at strength 1\. Take a smaller one .* lower learning rate"
    ):
        train_head(QUICK, Vectors(vectors, labels, broken, labels), 2, lambda moment: None)


def test_a_class_without_a_training_image_is_never_the_answer():
    vectors, labels = clusters((20, 0, 20))

    probabilities = softmax(next(path(vectors, labels, 3, (10.0,))), vectors)

    assert probabilities[:, 1].max() < 1e-9
    assert (probabilities.argmax(1) == labels).mean() > 0.8


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Class folders of tiles of two photos."""
    folder = tmp_path_factory.mktemp("photos")
    for name, photo in (("cat", data.chelsea()), ("coffee", data.coffee())):
        (folder / name).mkdir()
        tiles = [photo[y : y + 90, x : x + 90] for y in range(0, 210, 60) for x in range(0, 360, 40)]
        for number, tile in enumerate(tiles):
            Image.fromarray(tile).save(folder / name / f"{number:02d}.png")
        Image.fromarray(tiles[9]).save(folder / name / "again.jpg", quality=90)  # a near copy
    return folder


def test_quick_learns_photos_and_leaves_one_model_from_pixels_to_probabilities(workspace, photos, embedder, tmp_path):
    dataset = add(workspace, str(photos), "photos")

    answer = fovea(workspace, "train", "photos", "--preset", "quick")

    assert answer["status"] == "done"
    assert answer["test_accuracy"] == 1.0
    run = find_run(workspace, answer["run"])
    history = run.figures["history"]
    assert run.figures["parity"]["agreement"] == 1.0
    assert (
        embedded_rows(workspace, dataset) == dataset.per_split["train"] + dataset.per_split["val"]
    )  # not the test split
    # the model's answers are those of a logistic regression on the kept embeddings, of the strength that was best
    index = read_index(workspace, dataset)
    embed(workspace, dataset, embedder)
    found = read_embeddings(workspace, dataset)
    vectors = found.vectors[found.places].astype(np.float32)
    train, test = (index["split"] == "train").to_numpy(), (index["split"] == "test").to_numpy()
    strength = HEAD_STRENGTHS[min(history, key=lambda epoch: epoch["val_loss"])["epoch"] - 1]
    assert run.figures["head_strength"] == strength
    truth = LogisticRegression(C=2 * strength, max_iter=3000, tol=1e-8).fit(
        vectors[train], index["label"][train].astype(str)
    )
    evaluation = find_evaluation(workspace, run, dataset.reference, "test")
    told = shown_predictions(workspace, run, evaluation)
    np.testing.assert_allclose(told[["p_cat", "p_coffee"]], truth.predict_proba(vectors[test]), atol=5e-3)
    other = tmp_path / "rocket.png"
    Image.fromarray(data.rocket()).save(other)
    said = fovea(workspace, "predict", answer["run"], photos / "cat" / "00.png", other)
    assert said["unlike_reason"] is None and run.figures["independent"] > novelty.FEWEST
    cat, rocket = said["predictions"]
    assert cat["label"] == "cat"
    assert (cat["unlike"], rocket["unlike"]) == (False, True)
    seen = np.stack([images.load(path, 224, 3) for path in (photos / "cat" / "00.png", other)])
    kept = novelty.find(run.folder(workspace))  # the run's own model gives the embedding that the embedder gives
    np.testing.assert_allclose(
        [cat["distance"], rocket["distance"]], kept.distances(embedder.embed(seen)), rtol=1e-3, atol=1e-3
    )
    taught = (index["split"] != "test").to_numpy()  # of two copies neither says how far the other is
    apart = novelty.fit(vectors[taught], units(index)[taught].to_numpy())
    np.testing.assert_allclose(np.sort(kept.usual), np.sort(apart.usual), rtol=1e-2)
    assert kept.threshold == pytest.approx(apart.threshold, rel=1e-2)
    assert read_json(run.folder(workspace) / "environment.json")["packages"]["tensorflow"]


def test_a_second_run_needs_no_tensorflow_and_takes_the_strength_that_is_asked_for(
    workspace, photos, embedder, tmp_path
):
    add(workspace, str(photos), "photos")
    fovea(workspace, "train", "photos", "--preset", "quick")  # where the machine has nothing yet, it is made here
    for name in ("tensorflow", "keras"):
        (tmp_path / "absent" / name).mkdir(parents=True)
        (tmp_path / "absent" / name / "__init__.py").write_text("raise ImportError('not here')")
    without = {**os.environ, "PYTHONPATH": str(tmp_path / "absent")}

    command = ("--workspace", workspace.root, "train", "photos", "--preset", "quick", "--head-strength", "10", "--json")
    done = python("-m", "core", *command, env=without)

    assert done.returncode == 0, done.stderr
    run = find_run(workspace, json.loads(done.stdout)["run"])
    assert [epoch["strength"] for epoch in run.figures["history"]] == [run.figures["head_strength"]] == [10.0]
    assert python("-m", "core", "devices", env=without).returncode == 0
    assert python("-c", "import keras", env=without).returncode == 1  # they are absent indeed


@pytest.mark.slow
def test_quick_plus_learns_from_several_blocks_and_leaves_one_model(workspace, photos):
    dataset = add(workspace, str(photos), "photos")

    answer = fovea(workspace, "train", "photos", "--preset", "quick_plus")

    run = find_run(workspace, answer["run"])
    assert (answer["status"], run.config.image_size, run.figures["parity"]["agreement"]) == ("done", 300, 1.0)
    taught = dataset.per_split["train"] + dataset.per_split["val"]
    assert (embedded_rows(workspace, dataset, BLOCKS), embedded_rows(workspace, dataset)) == (taught, 0)
    assert run.figures["history"][0]["step_images"] == dataset.per_split["train"]
    file = photos / "cat" / "00.png"
    model = keras.models.load_model(run.folder(workspace) / "model.keras")
    told = model.predict(images.load(file, 300, 3)[None], verbose=0)[0]
    (cat,) = fovea(workspace, "predict", answer["run"], file)["predictions"]
    assert (cat["label"], cat["unlike"]) == ("cat", False)
    seen = read_embeddings(workspace, dataset, BLOCKS)
    row = read_index(workspace, dataset).query("path == 'cat/00.png'").index[0]
    weights, biases = model.layers[-1].get_weights()
    np.testing.assert_allclose(
        softmax((weights, biases), seen.vectors[seen.places[row]][None].astype(np.float32))[0],
        told,
        atol=1e-3,
    )


@pytest.mark.slow
def test_fine_tuning_begins_from_the_last_layer_that_quick_learns(workspace, photos, embedder):
    dataset = add(workspace, str(photos), "photos")
    still = ("--learning-rate", 1e-9, "--epochs", 1, "--image-size", 48, "--augment.flip_horizontal", 0)

    answers = [fovea(workspace, "train", "photos", "--preset", *words) for words in (("quick",), ("fine_tune", *still))]

    assert [answer["status"] for answer in answers] == ["done", "done"]
    quick, tuned = (
        keras.models.load_model(find_run(workspace, answer["run"]).folder(workspace) / "model.keras")
        for answer in answers
    )
    assert embedded_rows(workspace, dataset) == dataset.per_split["train"] + dataset.per_split["val"]
    for mine, theirs in zip(tuned.layers[-1].get_weights(), quick.layers[-1].get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_images_are_embedded_as_the_map_sees_them_whatever_size_a_training_takes(workspace, photos, embedder):
    dataset = add(workspace, str(photos), "photos")
    config = resolve(dataclasses.replace(PRESETS["fine_tune"].config, image_size=64, images_per_class=2), dataset)
    watched = SimpleNamespace(workspace=workspace, on_progress=no_progress, should_stop=never)
    gathered = training_data.gather(workspace, dataset, config)

    heads.first_head(watched, SimpleNamespace(config=config), dataset, gathered)

    row = gathered.val_rows[0]
    file = picture_file(workspace, dataset, read_index(workspace, dataset)["file"][row])
    found = read_embeddings(workspace, dataset)
    assert found.vectors[found.places[row]] @ embedder.embed(images.load(file, 224, 3)[None])[0] > 0.999


def test_a_training_begins_from_the_last_layer_that_it_is_given(small_data):
    config = TrainConfig(architecture="fast_cnn", image_size=8, epochs=1, optimizer="sgd", learning_rate=1e-9)
    head = [np.full((64, 10), 0.25, np.float32), np.arange(10, dtype=np.float32)]

    trained = train(config, small_data, lambda moment: None, head=head)

    for mine, theirs in zip(trained.model.layers[-1].get_weights(), head, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


def test_fine_tuning_sees_pictures_at_the_size_of_their_embeddings_unless_another_is_asked_for(digits):
    config = PRESETS["fine_tune"].config

    assert resolve(config, digits.dataset).image_size == 112
    assert resolve(config, dataclasses.replace(digits.dataset, size=96)).image_size == 224
    assert resolve(dataclasses.replace(config, image_size=64), digits.dataset).image_size == 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"architecture": "small_cnn"}, "Small CNN as it is set has no pretrained layers"),
        ({"architecture_options": {"weights": "random"}}, "has no pretrained layers"),
        ({"augment": {"rotation": 0.1}}, "augment is rotation:0.1, and .* from images as they are"),
        ({"loss": "mean_squared_error"}, "loss is mean_squared_error, and .* a last layer alone"),
        ({"learning_rate": 0.1}, "learning_rate is 0.1, and .* Leave it out, or take a recipe that trains more"),
        ({"epochs": 3}, "epochs is 3, and .* learnt in one go"),
        (
            {"architecture_options": {"freeze_batch_norm": True}},
            "architecture_options is {'freeze_batch_norm': True}, and",
        ),
        ({"class_balance": "sampling"}, 'class_balance is sampling, and .* Take "weights"'),
        ({"image_size": 96}, "cropped to 112 pixels .* take a recipe that trains more"),
        ({"fit": "pad"}, "cropped to 112 pixels"),
        ({"architecture": "applications", "architecture_options": {"weights": "imagenet"}}, "Take EfficientNet-Lite0"),
        ({"trainable": "head_then_all", "architecture": "resnet"}, 'trainable is "head_then_all", and ResNet'),
        ({"trainable": "some"}, "trainable is 'some'; it must be one of all, head"),
    ],
)
def test_what_a_last_layer_alone_cannot_do_is_said_before_it_starts(digits, change, said):
    with pytest.raises(ConfigError, match=said):
        resolve(TrainConfig.from_json({**QUICK.to_json(), **change}), digits.dataset)


def test_one_strength_that_is_asked_for_is_one_epoch(digits):
    config = resolve(dataclasses.replace(QUICK, head_strength=100.0), digits.dataset)

    assert (config.head_strength, config.epochs) == (100.0, 1)
    with pytest.raises(ConfigError, match=r"head_strength is 0\.0; it must be from"):
        dataclasses.replace(QUICK, head_strength=0.0)


def test_a_run_of_an_earlier_version_tries_the_whole_decades_that_it_was_made_for(digits):
    assert strengths(resolve(QUICK, digits.dataset)) == HEAD_STRENGTHS
    assert strengths(dataclasses.replace(QUICK, epochs=5)) == (1, 10, 100, 1_000, 10_000)
    assert strengths(dataclasses.replace(QUICK, epochs=2)) == (1, 10)


@pytest.mark.parametrize("balance", ["weights", "sampling"])
def test_where_classes_are_balanced_the_last_layer_is_scikit_learns_balanced_regression(balance):
    vectors, labels = clusters((80, 12, 20))
    config = dataclasses.replace(QUICK, head_strength=10.0, class_balance=balance)
    data = Vectors(vectors, labels, vectors[::3], labels[::3])

    head = train_head(config, data, 3, lambda moment: None)

    truth = LogisticRegression(C=10.0, tol=1e-8, class_weight="balanced").fit(vectors, labels)
    expected = truth.predict_proba(vectors)
    np.testing.assert_allclose(head.predict(vectors), expected, atol=5e-3)
    weights = compute_sample_weight("balanced", labels)
    (epoch,) = head.history
    assert epoch["loss"] == pytest.approx(log_loss(labels, expected, sample_weight=weights), abs=2e-3)
    assert epoch["val_loss"] == pytest.approx(log_loss(labels[::3], expected[::3]), abs=5e-3)  # as they come

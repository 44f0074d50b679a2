"""The converted network: ImageNet's answers to real photos, and the same numbers as Keras gives."""

import os

import numpy as np
import pytest
import skimage.data
from PIL import Image

from core import images
from core.errors import NotFoundError, Stopped
from core.inference.embedder import FILE_NAME, Embedder, size_for
from core.predict import once, pretrained

TABBY, TIGER_CAT, EGYPTIAN_CAT, ESPRESSO = 281, 282, 285, 967  # ILSVRC 2012


@pytest.fixture(scope="module")
def photos():
    """scikit-image's cat, its cup of coffee, its rocket: (3, 224, 224, 3) uint8."""
    names = ("chelsea", "coffee", "rocket")
    return np.stack([images.fit(Image.fromarray(getattr(skimage.data, name)()), 224, 3) for name in names])


def test_imagenet_answers_cat_to_a_cat_and_espresso_to_a_coffee(embedder, photos):
    probabilities = embedder.imagenet(photos)

    ranked = np.argsort(-probabilities, axis=1)
    assert {TABBY, TIGER_CAT, EGYPTIAN_CAT} <= set(ranked[0, :5].tolist())
    assert ranked[1, 0] == ESPRESSO
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-4)


def test_litert_and_keras_give_the_same_embeddings(embedder, photos):
    import keras

    from models.pretrained import efficientnet_lite0

    model = efficientnet_lite0.imagenet()
    means = keras.Model(model.input, model.get_layer(efficientnet_lite0.EMBEDDING).output)
    original = np.asarray(means(photos.astype(np.float32), training=False))

    raw = embedder._pool.predict(photos)[:, :1280]
    assert np.abs(raw - original).max() < 1e-4
    unit = original / np.linalg.norm(original, axis=1, keepdims=True)
    assert np.abs(embedder.embed(photos) - unit).max() < 1e-4
    assert np.abs(embedder.imagenet(photos) - np.asarray(model(photos.astype(np.float32)))).max() < 1e-4


def test_one_file_takes_small_pictures_too(embedder, photos):
    """At half the size the answers differ a little, and only a little."""
    small = photos[:, ::2, ::2]

    assert embedder.embed(small).shape == (3, 1280)
    similar = (embedder.embed(small) * embedder.embed(photos)).sum(axis=1)
    assert similar.min() > 0.5
    assert (embedder.embed(small) @ embedder.embed(photos).T).argmax(axis=1).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="takes pictures"):
        embedder.embed(photos[..., :1])


@pytest.mark.parametrize(("image_size", "size"), [(8, 112), (48, 112), (64, 224), (96, 224)])
def test_small_images_are_embedded_at_half_the_side(image_size, size):
    assert size_for(image_size) == size


def test_a_file_that_is_there_is_not_made_again(embedder, workspace, monkeypatch):
    monkeypatch.setattr(once.subprocess, "Popen", None)

    assert pretrained.efficientnet_lite0(workspace) == pretrained.find(workspace)
    assert pretrained.embedder(workspace).embed(np.zeros((1, 224, 224, 3), np.uint8)).shape == (1, 1280)


def test_without_the_file_the_message_says_what_to_do(tmp_path):
    with pytest.raises(NotFoundError, match="Embed a data set first"):
        Embedder(tmp_path / FILE_NAME)


class Pending:
    """A process that never ends by itself, and writes down what it was asked to make."""

    def __init__(self, command, **_):
        self.made, self.returncode, self.killed = command[-1], None, False
        Pending.last = self

    def poll(self):
        return None

    def kill(self):
        self.killed = True

    def wait(self):
        return None


def test_stop_is_heard_while_the_file_is_made_and_ends_the_process(workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("FOVEA_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr(once.subprocess, "Popen", Pending)

    with pytest.raises(Stopped):
        pretrained.efficientnet_lite0(workspace, should_stop=lambda: True)

    assert Pending.last.killed
    assert Pending.last.made == str(tmp_path / "empty" / FILE_NAME)


def test_where_the_cache_cannot_be_written_the_workspace_keeps_the_file(workspace, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FOVEA_CACHE", str(tmp_path / "file" / "below"))
    monkeypatch.setattr(once.subprocess, "Popen", Pending)

    with pytest.raises(Stopped):
        pretrained.efficientnet_lite0(workspace, should_stop=lambda: True)

    assert Pending.last.made == os.path.join(workspace.root, "cache", FILE_NAME)

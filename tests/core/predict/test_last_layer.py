"""A model's files with another last layer, beside what Keras itself makes of the same weights."""

import json
import zipfile

import numpy as np
import pytest
import skimage.data
from PIL import Image

from core import images
from core.errors import FoveaError
from core.inference import InterpreterPool
from core.predict import last_layer, parity, template
from core.workspace import Workspace
from tests.making import python, read_json

SHAPES = [(224, 3), (112, 1)]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A template for each of `SHAPES`, as the machine keeps them: nobody changes it."""
    made, workspace = {}, Workspace.open(tmp_path_factory.mktemp("templates"))
    for size, channels in SHAPES:
        with template.making(workspace, (size, size, channels)) as making:
            made[size, channels] = making.wait()
    return made


@pytest.fixture(params=SHAPES, ids=["224 colour", "112 grey"])
def whole(request, folders):
    """A template's folder, and three photos for it."""
    size, channels = request.param
    names = ("chelsea", "coffee", "rocket")
    photos = [images.fit(Image.fromarray(getattr(skimage.data, name)()), size, channels) for name in names]
    return folders[request.param], np.stack(photos)


def layer(classes, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(0, 3, (1280, classes)).astype(np.float32), random.normal(size=classes).astype(np.float32)


def test_both_files_hold_the_last_layer_and_answer_alike_in_plain_keras(whole, tmp_path):
    folder, photos = whole
    layers = {classes: layer(classes) for classes in (2, 10, 122)}
    for classes, (weights, biases) in layers.items():
        last_layer.write_keras(folder, weights, biases, tmp_path / f"{classes}.keras")
        last_layer.write_litert(folder, weights, biases, tmp_path / f"{classes}.tflite")

    code = f"""
import keras, numpy as np
folder = {str(tmp_path)!r}
for classes in {list(layers)}:
    model = keras.saving.load_model(f"{{folder}}/{{classes}}.keras")
    np.savez(f"{{folder}}/{{classes}}.npz", *model.layers[-1].get_weights(),
             answers=model.predict(np.load(f"{{folder}}/photos.npy"), verbose=0), parameters=model.count_params())
"""
    np.save(tmp_path / "photos.npy", photos)
    done = python("-I", "-c", code)  # without Fovea's folder: it must not need it
    assert done.returncode == 0, done.stderr
    for classes, (weights, biases) in layers.items():
        with np.load(tmp_path / f"{classes}.npz") as plain:
            np.testing.assert_array_equal(plain["arr_0"], weights)
            np.testing.assert_array_equal(plain["arr_1"], biases)
            assert plain["parameters"] == last_layer.count_parameters(folder, weights, biases)
            pool = InterpreterPool(tmp_path / f"{classes}.tflite")
            answers = pool.predict(photos)
            assert answers.shape == (3, classes)
            assert np.abs(answers - plain["answers"]).max() < 1e-4
            for place, photo in enumerate(photos):  # any batch
                np.testing.assert_allclose(pool.predict(photo[None])[0], answers[place], atol=1e-5)


def test_the_answers_are_a_softmax_of_the_embedding_times_the_weights(embedder, folders, tmp_path):
    photo = images.fit(Image.fromarray(skimage.data.chelsea()), 224, 3)[None]
    weights, biases = layer(5)
    last_layer.write_litert(folders[224, 3], weights, biases, tmp_path / "model.tflite")

    powers = np.exp(embedder.embed(photo) @ weights + biases)
    expected = powers / powers.sum()

    assert parity.compare(expected, tmp_path / "model.tflite", photo)["max_abs_diff"] < 1e-5
    shifted = np.roll(expected, 1, axis=1)
    with pytest.raises(FoveaError, match="differs from the trained one"):
        parity.compare(shifted, tmp_path / "model.tflite", photo)


def test_the_file_is_what_keras_exporter_makes_of_the_same_model(folders, tmp_path):
    """The last layer of a template, taken out and put in again, gives the template's own bytes."""
    folder = folders[224, 3]
    import keras

    weights, biases = keras.saving.load_model(folder / "model.keras").layers[-1].get_weights()

    last_layer.write_litert(folder, weights, biases, tmp_path / "model.tflite")
    last_layer.write_keras(folder, weights, biases, tmp_path / "model.keras")

    assert (tmp_path / "model.tflite").read_bytes() == (folder / "model.tflite").read_bytes()
    with zipfile.ZipFile(tmp_path / "model.keras") as ours, zipfile.ZipFile(folder / "model.keras") as theirs:
        assert ours.namelist() == theirs.namelist()
        assert json.loads(ours.read("config.json")) == json.loads(theirs.read("config.json"))


def test_a_file_that_does_not_end_in_a_softmax_is_refused(folders, tmp_path):
    from ai_edge_litert import schema_py_generated as schema

    broken = bytearray((folders[224, 3] / "model.tflite").read_bytes())
    graph = schema.Model.GetRootAs(broken, 0).Subgraphs(0)
    last = graph.Operators(graph.OperatorsLength() - 1)
    place = last._tab.Vector(last._tab.Offset(6))  # its inputs' first: itself made of another operator's output
    broken[place : place + 4] = int(graph.Operators(0).Outputs(0)).to_bytes(4, "little")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.tflite").write_bytes(broken)

    with pytest.raises(FoveaError, match="does not end in a dense layer and a softmax"):
        last_layer.write_litert(tmp_path / "broken", *layer(3), tmp_path / "model.tflite")
    assert not (tmp_path / "model.tflite").exists()


def test_a_template_that_is_there_is_not_made_again(folders):
    folder = folders[112, 1]
    before = (folder / "model.tflite").stat().st_mtime_ns

    template.make(folder, 112, 1, "last")

    assert (folder / "model.tflite").stat().st_mtime_ns == before
    assert read_json(folder / "template.json")["parameters"] > 3_000_000

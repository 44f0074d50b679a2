import keras
import pytest

from core.train.environment import configured_backend


def test_the_backend_is_the_one_that_keras_took():
    assert configured_backend() == keras.backend.backend()


@pytest.mark.parametrize(
    ("content", "backend"),
    [('{"backend": "jax"}', "jax"), ("{}", "tensorflow"), ("half a fi", "tensorflow"), (None, "tensorflow")],
    ids=["named", "not named", "damaged", "no file"],
)
def test_without_a_variable_keras_own_file_says_the_backend(monkeypatch, tmp_path, content, backend):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if content is not None:
        (tmp_path / "keras.json").write_text(content)

    assert configured_backend() == backend


def test_the_variable_comes_before_the_file(monkeypatch, tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "torch")

    assert configured_backend() == "torch"

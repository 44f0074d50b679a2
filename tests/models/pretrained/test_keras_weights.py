import hashlib
import http.server
import socket
import threading
import time
from dataclasses import replace

import pytest

from core.errors import ConfigError
from models.applications import BODIES
from models.pretrained import keras_weights
from models.pretrained.keras_weights import WEIGHTS, file_of

CONTENT = bytes(range(256)) * 4096
NAME = "mobilenet_v3_small"
FILE = WEIGHTS[NAME].name


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Keras' folder, empty; the weights are those of `CONTENT`; nobody serves them."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setitem(WEIGHTS, NAME, replace(WEIGHTS[NAME], digest=hashlib.sha256(CONTENT).hexdigest()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(keras_weights, "SOURCE", f"http://127.0.0.1:{free.getsockname()[1]}")
    return tmp_path / "keras" / "models"


@pytest.fixture
def serve(monkeypatch):
    """Serve bytes as every file; gives back the paths that were asked for."""
    servers = []

    def start(content):
        asked = []

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(CONTENT)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(keras_weights, "SOURCE", f"http://127.0.0.1:{server.server_port}")
        return asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_weights_are_fetched_once_and_kept_where_keras_keeps_them(serve, cache):
    asked = serve(CONTENT)

    assert file_of(NAME) == cache / FILE
    assert (cache / FILE).read_bytes() == CONTENT
    assert file_of(NAME) == cache / FILE
    assert asked == [f"/mobilenet_v3/{FILE}"]


def test_without_internet_the_message_says_what_to_put_where_and_what_else_to_take(cache):
    with pytest.raises(ConfigError) as refused:
        file_of(NAME)

    said = str(refused.value)
    assert "The weights of MobileNetV3 small are not on this machine and could not be fetched" in said
    assert f"/mobilenet_v3/{FILE} at {cache / FILE} yourself" in said
    assert 'take the weights "random", or take EfficientNet-Lite0' in said
    assert list(cache.iterdir()) == []


def test_a_file_that_was_put_there_needs_no_internet(cache):
    cache.mkdir(parents=True)
    (cache / FILE).write_bytes(CONTENT)

    assert file_of(NAME) == cache / FILE


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"?"], ids=["cut off", "another"])
def test_what_is_not_the_whole_file_is_never_kept(serve, cache, content):
    serve(content)

    with pytest.raises(ConfigError, match="could not be fetched"):
        file_of(NAME)

    assert list(cache.iterdir()) == []


def test_a_damaged_file_is_fetched_again(serve, cache):
    cache.mkdir(parents=True)
    (cache / FILE).write_bytes(b"half")
    serve(CONTENT)

    assert file_of(NAME).read_bytes() == CONTENT


def test_a_server_that_never_answers_is_given_up(monkeypatch, cache):
    monkeypatch.setattr(keras_weights, "QUIET_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setattr(keras_weights, "SOURCE", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(ConfigError, match=r"could not be fetched \((nothing came for 0\.5 s|timed out)\)"):
            file_of(NAME)

    assert time.monotonic() - start < 5


def test_a_folder_that_cannot_be_written_is_an_error_in_words(monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))

    with pytest.raises(ConfigError, match="could not be fetched"):
        file_of(NAME)


def test_every_network_of_keras_applications_has_its_file():
    assert set(WEIGHTS) == set(BODIES)

"""The routes of pictures that come one by one: what is answered where one cannot be kept."""

import asyncio
import errno
import shutil
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from core.data import collect
from pages.shared import routes
from tests.making import png

PUT = next(route for route in routes.routes() if "PUT" in (route.methods or ()) and "{frame}" in route.path)


@pytest.fixture
def recording(workspace):
    token = collect.begin(workspace)
    return SimpleNamespace(token=token, folder=collect.folder_of(workspace, token))


def put(token, query="label=cup", before_body=lambda: None, frame="a-0"):
    """Status and words of the answer to one frame; `before_body` is called once its head has come."""
    sent = []

    async def receive():
        before_body()
        return {"type": "http.request", "body": png(0), "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"fovea"), (b"origin", b"http://fovea")]
    scope = {"type": "http", "method": "PUT", "path": f"/fovea/frames/{token}/{frame}", "headers": headers}
    scope |= {"query_string": query.encode(), "path_params": {"token": token, "frame": frame}}
    with ThreadPoolExecutor(1) as own:  # in this thread browser tests may have left a loop that runs
        own.submit(asyncio.run, PUT.app(scope, receive, send)).result()
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent).decode()


def fails(error):
    def raising(*_):
        raise error

    return raising


def test_a_frame_is_kept(recording):
    assert put(recording.token) == (200, "")
    assert (recording.folder / "a-0").read_bytes() == png(0)
    assert collect.frames(recording.folder) == [collect.Frame("a-0", "cup")]


def test_a_frame_whose_recording_was_thrown_away_is_told_that_it_is_over(recording):
    collect.throw_away(recording.folder)
    assert put(recording.token) == (410, "This recording is over.")
    assert not recording.folder.exists()


def test_a_recording_may_be_thrown_away_while_a_frame_comes(recording):
    status, words = put(recording.token, before_body=lambda: shutil.rmtree(recording.folder))
    assert (status, words) == (410, "This recording is over.")
    assert not recording.folder.exists()


def test_a_file_of_a_collection_that_is_gone_is_told_so(recording):
    collect.throw_away(recording.folder)
    status, words = put(recording.token, "name=a.png")
    assert status == 410
    assert "saved or thrown away" in words


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_507(recording, monkeypatch, number):
    monkeypatch.setattr(collect, "note", fails(OSError(number, "as the system says it")))
    assert put(recording.token) == (507, "The disk has no room for it.")


def test_another_failure_of_the_disk_is_500_with_its_reason(recording, monkeypatch):
    monkeypatch.setattr(collect, "note", fails(OSError(errno.EIO, "Input/output error")))
    assert put(recording.token) == (500, "It could not be written (Input/output error).")


def test_a_frame_that_gets_its_name_meanwhile_ends_no_other(recording, monkeypatch):
    class Gone:
        def stat(self):
            raise FileNotFoundError

    class Entries(list):
        __enter__ = list.__iter__
        __exit__ = staticmethod(lambda *_: None)

    monkeypatch.setattr(collect.os, "scandir", lambda _: Entries([Gone()]))
    assert put(recording.token) == (200, "")


def test_what_is_no_frame_is_404(recording):
    assert put(recording.token, frame="nonsense")[0] == 404

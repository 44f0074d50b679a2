"""`python -m benchmarks.crowd [--sockets N] [--browsers N] [--minutes X]`: many people at once on Classify and Explore while a training runs.

Each has a session and pictures of their own, whose answers the command line gave before. Prints one JSON object; exit 1 where an
answer was not its sender's, anything failed, or the server grew by `BAR_MB` or more.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import requests
from PIL import Image
from playwright.sync_api import expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

from benchmarks.comparison import run_json
from benchmarks.options import MNIST
from tests.browser.conftest import FLAGS, Server, chromium

BAR_MB = 200
THINKS = 1.0, 4.0  # seconds between two clicks
PATIENCE = 60
PICTURES = 4  # each person's own
CLASSES = 10


class Crowd:
    """What all of them do, and what came of it.

    Args:
        address: The server's.
        answers: {name of a picture: the class that the command line names}.
        folder: Where the pictures are.
        run: The run that is asked.
        until: `time.monotonic()` at which they go.
    """

    def __init__(self, address: str, answers: dict[str, str], folder: Path, run: str, until: float) -> None:
        self.address, self.answers, self.folder, self.run, self.until = address, answers, folder, run, until
        self.seconds: dict[str, list[float]] = {"classify": [], "explore": [], "browser": []}
        self.wrong: list[str] = []

    def socket(self, person: int) -> None:
        """Someone whose browser is played: the messages that it would send, and what it would draw."""
        random = np.random.default_rng(person)
        with _Session(self.address) as session:
            while time.monotonic() < self.until:
                name = f"person {person} picture {random.integers(PICTURES)}.png"
                with self._timed("classify"):
                    said = session.classify(self.run, name, (self.folder / name).read_bytes())
                self._judge(name, said)
                time.sleep(random.uniform(*THINKS))
                with self._timed("explore"):
                    said = session.show("explore", f"data=mnist&class={random.integers(CLASSES)}")
                if not any("images" in text for text in said):
                    self.wrong.append(f"Explore has no images: {said[:5]}")
                time.sleep(random.uniform(*THINKS))

    def browser(self, person: int) -> None:
        """Someone with a real Chromium."""
        random = np.random.default_rng(person)
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=chromium(), args=FLAGS).new_page()
            page.set_default_timeout(PATIENCE * 1000)
            while time.monotonic() < self.until:
                name = f"person {person} picture {random.integers(PICTURES)}.png"
                with self._timed("browser"):
                    page.goto(f"{self.address}/classify?run={self.run}")
                    page.set_input_files("input[type=file]", self.folder / name)
                    page.get_by_alt_text("What the model saw").wait_for()
                    self._judge(name, page.locator("[data-testid=stMain]").inner_text().splitlines())
                with self._timed("browser"):
                    page.goto(f"{self.address}/explore?data=mnist&class={random.integers(CLASSES)}")
                    page.locator(".tile img").first.wait_for()
                expect(page.get_by_test_id("stException")).to_have_count(0)
                time.sleep(random.uniform(*THINKS))

    def _judge(self, name: str, said: list[str]) -> None:
        others = [other for other in self.answers if other != name and any(other in text for text in said)]
        if others or not any(name in text for text in said) or self.answers[name] not in said:
            self.wrong.append(f"{name} is {self.answers[name]}; the page said {[*others, *said][:12]}")

    def _timed(self, what: str) -> _Timed:
        return _Timed(self.seconds[what])


class _Timed:
    def __init__(self, seconds: list[float]) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self._seconds.append(time.perf_counter() - self._start)


class _Session:
    """A web socket to the app, and the last that it drew."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._open = ExitStack()
        self._widgets: dict[str, WidgetState] = {}
        self._requests = 0

    def __enter__(self) -> _Session:
        page = requests.get(f"{self._address}/_stcore/health", timeout=PATIENCE)
        self._cookies = page.cookies.get_dict()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        connection = connect(
            self._address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self._address,
            subprotocols=["streamlit"],
            additional_headers=headers,
            max_size=None,
        )
        self._socket = self._open.enter_context(connection)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def show(self, page: str, query: str) -> list[str]:
        """Draw a page; gives back the texts on it."""
        self._send_rerun(page, query)
        return self._read(lambda message: message.WhichOneof("type") == "script_finished")

    def classify(self, run: str, name: str, picture: bytes) -> list[str]:
        """Open Classify, give it a picture; gives back the texts on the page."""
        self._widgets = {}
        self._uploader = ""
        self.show("classify", f"run={run}")
        self._requests += 1
        asked = BackMsg()
        asked.file_urls_request.request_id = str(self._requests)
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self._id
        self._socket.send(asked.SerializeToString())
        self._read(lambda message: message.WhichOneof("type") == "file_urls_response")
        urls = self._urls
        put = requests.put(
            self._address + urls.upload_url,
            files={"file": (name, picture, "image/png")},
            headers={"Origin": self._address, "X-Xsrftoken": self._cookies.get("_streamlit_xsrf", "")},
            cookies=self._cookies,
            timeout=PATIENCE,
        )
        put.raise_for_status()
        state = WidgetState(id=self._uploader)
        info = UploadedFileInfo(name=name, size=len(picture), file_id=urls.file_id, file_urls=urls)
        state.file_uploader_state_value.uploaded_file_info.append(info)
        self._widgets[self._uploader] = state
        return self.show("classify", f"run={run}")

    def _send_rerun(self, page: str, query: str) -> None:
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        message.rerun_script.widget_states.widgets.extend(self._widgets.values())
        self._socket.send(message.SerializeToString())

    def _read(self, is_last: Callable[[ForwardMsg], bool]) -> list[str]:
        texts: list[str] = []
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._socket.recv(PATIENCE))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._id = message.new_session.initialize.session_id
                texts.clear()
            elif kind == "file_urls_response":
                self._urls = message.file_urls_response.file_urls[0]
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                texts += self._texts(message.delta.new_element)
            if is_last(message):
                return texts

    def _texts(self, element: Any) -> list[str]:
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(f"The page failed: {element.exception.message}")
        if kind == "file_uploader":
            self._uploader = element.file_uploader.id
        if kind == "imgs":
            return [element.imgs.imgs[0].alt or element.imgs.imgs[0].caption]
        return [getattr(element, kind).body] if kind in ("heading", "markdown", "text") else []


def main() -> int:
    """Make a workspace, start the server and a training, let everybody in, and tell what came of it."""
    parser = argparse.ArgumentParser("python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("--sockets", type=int, default=45, metavar="N")
    parser.add_argument("--browsers", type=int, default=5, metavar="N")
    parser.add_argument("--minutes", type=float, default=5.0, metavar="X")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(
        ignore_cleanup_errors=True
    ) as folder:  # the training that was stopped may still end
        found = measure(Path(folder), options.sockets, options.browsers, options.minutes)
    print(json.dumps(found, indent=2))
    return 1 if found["wrong"] or found["failed"] or found["grown_mb"] >= BAR_MB else 0


def measure(folder: Path, sockets: int, browsers: int, minutes: float) -> dict[str, Any]:
    """What came of so many people in so many minutes."""
    workspace, pictures = folder / "workspace", folder / "pictures"
    core = "-m", "core", "--workspace", workspace
    run_json(*core, "data", "add", "mnist", "--json")
    run = run_json(*core, "train", "mnist", "--preset", "fast", "--epochs", "1", "--json")["run"]
    people = sockets + browsers
    _write_pictures(pictures, people)
    predicted = run_json(*core, "predict", run, pictures, "--json")["predictions"]
    answers = {Path(one["path"]).name: one["label"] for one in predicted}
    server = Server(workspace)
    try:
        warm = Crowd(server.url, answers, pictures, run, time.monotonic() + 20)
        _let_in(warm, 4, 1)
        process = psutil.Process(server.process.pid)
        before = process.memory_info().rss / 1e6
        trained = run_json(*core, "train", "mnist", "--preset", "textbook", "--epochs", "50", "--detach", "--json")[
            "run"
        ]
        crowd = Crowd(server.url, answers, pictures, run, time.monotonic() + 60 * minutes)
        most = [before]
        watch = threading.Thread(target=_watch, args=(process, crowd.until, most))
        watch.start()
        failed = _let_in(crowd, sockets, browsers)
        watch.join()
        after = process.memory_info().rss / 1e6
        status = run_json(*core, "runs", "show", trained, "--json")
        run_json(*core, "runs", "stop", trained, "--json")
        log = (workspace / "server.log").read_text()
    finally:
        server.stop()
    return {
        "sockets": sockets,
        "browsers": browsers,
        "minutes": minutes,
        "training": status["status"],
        "answers": len(crowd.seconds["classify"]) + len(crowd.seconds["browser"]) // 2,
        "seconds": {
            what: {"n": len(times), "median": float(np.median(times)), "p95": float(np.percentile(times, 95))}
            for what, times in crowd.seconds.items()
            if times
        },
        "wrong": crowd.wrong[:5],
        "failed": failed[:5],
        "in_the_log": [line for line in log.splitlines() if "Error" in line or "Traceback" in line][:5],
        "memory_mb": {"before": before, "after": after, "most": max(most)},
        "grown_mb": max(most) - before,
    }


def _write_pictures(folder: Path, people: int) -> None:
    folder.mkdir()
    with np.load(MNIST) as mnist:
        digits = mnist["x_test"]
    for place in range(people * PICTURES):
        name = f"person {place // PICTURES} picture {place % PICTURES}.png"
        Image.fromarray(digits[place]).save(folder / name)


def _let_in(crowd: Crowd, sockets: int, browsers: int) -> list[str]:
    """Everybody at once; gives back what failed, in words."""
    with ThreadPoolExecutor(sockets + browsers) as pool:
        visits = [
            pool.submit(crowd.socket if person < sockets else crowd.browser, person)
            for person in range(sockets + browsers)
        ]
    return [repr(error) for visit in visits if (error := visit.exception())]


def _watch(process: psutil.Process, until: float, most: list[float]) -> None:
    while time.monotonic() < until:
        most.append(process.memory_info().rss / 1e6)
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())

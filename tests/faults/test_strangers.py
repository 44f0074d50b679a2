"""FAULTS: strangers. What reaches the port from elsewhere: foreign names, foreign pages, other machines."""

import asyncio
import contextlib
import http.client
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from starlette.requests import Request
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from core.data.add import add
from core.data.sources import open_source
from core.data.sources.opened import FOLDERS, folders, is_below
from core.data.sources.outline import outline
from core.errors import SourceError
from core.jobs.importing import run as run_import
from core.predict.predictor import find_pictures
from core.progress import never, no_progress
from pages.shared import quota, visitor
from pages.shared.gate import HOSTS, SENT_ALWAYS, Gate, refusal
from tests.browser.conftest import Server
from tests.making import write_classes

SOCKET = "/_stcore/stream"
LISTED = "fovea.test"
READ = ("/", "/explore", "/_stcore/health", "/_stcore/host-config", "/fovea/nothing", "/static/nothing.js")
CHANGED = (
    ("PUT", f"/fovea/uploads/{'a' * 32}?name=x.zip"),
    ("POST", "/fovea/frames/token/a-0?dropped=true"),
    ("PUT", "/_stcore/upload_file/session/file"),
    ("DELETE", "/_stcore/upload_file/session/file"),
    ("POST", "/_stcore/agent/interact"),
)


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("strangers"), environment={HOSTS: f" Other.test., {LISTED}"})
    yield running
    running.stop()


def ask(server, method, path, **headers):
    """Status, headers and words of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=b"x" if method != "GET" else None, headers=sent)
    answer = connection.getresponse()
    words = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, dict(answer.getheaders()), words


def socket_status(server, host, origin):
    """101 where a web socket opens, else the status of the refusal."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        try:
            with connect(f"ws://{host}{SOCKET}", sock=raw, origin=origin, subprotocols=["streamlit"], open_timeout=20):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code


def test_24_a_socket_that_sends_text_is_closed_without_a_trace_in_the_log(listening):
    own = f"127.0.0.1:{listening.port}"
    for sent in ("hello", "", "{" * 100_000):
        with connect(f"ws://{own}{SOCKET}", origin=f"http://{own}", subprotocols=["streamlit"]) as opened:
            opened.send(sent)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    opened.recv(timeout=20)
        assert closed.value.rcvd.code == 1003

    assert ask(listening, "GET", "/_stcore/health", Host=own)[0] == 200
    assert "Traceback" not in (listening.workspace / "server.log").read_text()


def test_26_a_foreign_host_gets_nothing(listening):
    own, foreign = f"localhost:{listening.port}", f"evil.test:{listening.port}"
    for path in READ:
        assert ask(listening, "GET", path, Host=foreign)[0] == 403, path
        assert ask(listening, "GET", path, Host=own)[0] in (200, 404), path
    for method, path in CHANGED:  # as a page does whose name was made to lead here
        assert ask(listening, method, path, Host=foreign, Origin=f"http://{foreign}")[0] == 403, path
    assert socket_status(listening, foreign, f"http://{foreign}") == 403
    assert "FOVEA_HOSTS=evil.test" in ask(listening, "GET", "/", Host=foreign)[2]


def test_26_names_of_this_machine_and_those_that_are_listed_are_its_own(listening):
    port = listening.port
    for name in (
        "localhost",
        "127.0.0.1",
        "127.0.0.2",
        "[::1]",
        socket.gethostname(),
        LISTED,
        LISTED.upper(),
        "other.test.",
    ):
        host = f"{name}:{port}"
        assert ask(listening, "GET", "/_stcore/health", Host=host)[0] == 200, name
        assert socket_status(listening, host, f"http://{host.lower()}") == 101, name
    assert ask(listening, "GET", "/_stcore/health", Host=LISTED)[0] == 200  # as a proxy on port 80 passes it


def test_26_a_foreign_origin_gets_nothing(listening):
    own = f"127.0.0.1:{listening.port}"
    strange = (
        "http://evil.test",
        f"http://127.0.0.1:{listening.port + 1}",
        f"http://{own}.evil.test",
        "null",
        "",
        "http://[",
    )
    for origin in strange:
        assert socket_status(listening, own, origin) == 403, origin
        for method, path in (*CHANGED, ("GET", "/_stcore/health")):
            assert ask(listening, method, path, Host=own, Origin=origin)[0] == 403, (origin, path)
    assert socket_status(listening, own, None) == 403
    for method, path in CHANGED:
        assert ask(listening, method, path, Host=own)[0] == 403, path
        status, _, words = ask(listening, method, path, Host=own, Origin=f"http://{own}")
        assert "not allowed from there" not in words, (status, path)
    assert socket_status(listening, own, f"http://{own}") == 101


def test_26_no_other_site_may_frame_or_show_what_is_answered(listening):
    for path in ("/", "/explore", "/_stcore/health", "/fovea/nothing", "/_stcore/metrics"):
        headers = {name.lower(): value for name, value in ask(listening, "GET", path)[1].items()}
        for name, value in SENT_ALWAYS.items():
            assert headers[name.lower()] == value, (path, name)


def test_26_what_the_server_counts_is_for_nobody(listening):
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/under/_stcore/metrics"):
        status, _, words = ask(listening, "GET", path)
        assert (status, words) == (404, "There is nothing here."), path


def asked(host="127.0.0.1:8501", origin=None, kind="http", method="GET", scheme="http", path="/", at="127.0.0.1"):
    hosts = [host] if isinstance(host, str) else host
    headers = [(b"host", one.encode("latin-1")) for one in hosts] + (
        [(b"origin", origin.encode())] if origin is not None else []
    )
    scope = {"type": kind, "method": method, "scheme": scheme, "path": path, "headers": headers, "server": (at, 8501)}
    answer = refusal(scope)
    return answer.status_code if answer else 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("", 400), ([], 400), (["localhost", "localhost"], 400), ("a:b:c", 400), ("localhost:x", 400), ("x@localhost", 400),
        ("localhost/x", 400), ("[::1", 400), ("[::1]evil.com", 400), ("[::1%25eth0]", 400), (":8501", 400), ("é.test", 403), ("localhost.evil.test", 403), ("127.0.0.1.evil.test", 403),
        ("2130706433", 403), ("0.0.0.0", 403), ("192.0.2.7:8501", 403), ("LOCALHOST", 200), ("[::1]:8501", 200), ("127.1.2.3", 200),
    ],
)  # fmt: skip
def test_26_odd_hosts(host, status):
    assert asked(host) == status


def test_26_the_address_that_a_connection_came_in_at_is_the_machines_own():
    assert asked("192.0.2.7:8501", at="192.0.2.7") == 200
    assert asked("192.0.2.7:8501", at="::ffff:192.0.2.7") == 200  # of a server that listens for both kinds of address
    assert asked("192.0.2.8:8501", at="192.0.2.7") == 403
    assert asked("[2001:db8::7]:8501", at="2001:db8::7") == 200


def test_26_behind_tls_the_origin_is_https(monkeypatch):
    monkeypatch.setenv(HOSTS, LISTED)
    for scheme in ("https", "http"):  # the proxy ends TLS: with the header that says so, and without
        assert asked(LISTED, f"https://{LISTED}", "websocket", scheme={"https": "wss", "http": "ws"}[scheme]) == 200
        assert asked(LISTED, f"https://{LISTED}", method="PUT", scheme=scheme) == 200
    assert asked(LISTED, f"http://{LISTED}", method="PUT", scheme="https") == 403
    assert asked(LISTED, f"https://{LISTED}:444", method="PUT", scheme="https") == 403


def test_11_what_one_visitor_and_all_may_hold_in_memory_is_bounded(monkeypatch):
    def files(*sizes):
        return {str(number): SimpleNamespace(data=range(size)) for number, size in enumerate(sizes)}

    held = {"mine": files(200 << 20, 50 << 20), "other": files(1 << 30)}
    monkeypatch.setattr(quota, "_held", lambda: held)

    def asked(session, claimed, under="/our/fovea"):
        refused = quota.refusal(f"{under}/_stcore/upload_file/{session}/file", claimed)
        return refused[0] if refused else 200

    assert asked("mine", str(6 << 20)) == 200
    assert asked("mine", str(7 << 20), "") == 413
    assert asked("new", str(100 << 20)) == 200
    held["third"] = files(700 << 20)
    assert asked("new", str(100 << 20)) == 413
    with quota.on_the_way("/_stcore/upload_file/new/one", str(200 << 20)):  # many at once are no way around
        assert asked("new", str(60 << 20)) == 413
        with quota.on_the_way("/_stcore/upload_file/another/one", str(70 << 20)):
            assert asked("fourth", str(50 << 20)) == 413
    assert asked("new", str(60 << 20)) == 200
    assert {asked("new", claimed) for claimed in ("", "-1", "x")} == {411}
    assert quota.refusal("/fovea/uploads/token", "") is None


def test_11_a_file_without_a_length_or_too_long_is_refused_before_it_is_read(listening):
    own = f"http://127.0.0.1:{listening.port}"
    path = "/_stcore/upload_file/made-up/file"
    status, _, words = ask(listening, "PUT", path, Origin=own, Content_Length=str(300 << 20))
    assert (status, words) == (413, "There are too many files here at once. Take some away, then add more.")
    assert ask(listening, "PUT", path, Origin=own)[0] in (400, 403)  # Streamlit's own: no such session


def test_24_whoever_breaks_off_what_it_sends_gets_no_answer_and_is_no_fault_of_the_server():
    """As Streamlit's route for files reads: by Starlette's `Request`."""
    own = {"headers": [(b"host", b"127.0.0.1"), (b"origin", b"http://127.0.0.1")], "server": ("127.0.0.1", 80)}
    scope = {"type": "http", "method": "PUT", "path": "/any", "scheme": "http", **own}
    said = iter([{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}])
    read, sent = [], []

    async def receive():
        return next(said)

    async def send(message):
        sent.append(message)

    async def app(scope, receive, send):
        async for block in Request(scope, receive).stream():
            read.append(block)

    with ThreadPoolExecutor(1) as beside:  # a loop may run in this thread
        beside.submit(asyncio.run, Gate(app)(scope, receive, send)).result()
    assert (read, sent) == ([b"half"], [])


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A folder that is open to other machines and one that is not, each with pictures in class folders."""
    for name in ("open", "secret"):
        write_classes(tmp_path / name / "pets", {"cat": 3, "dog": 3})
    (tmp_path / "open" / "way_out").symlink_to(tmp_path / "secret")
    monkeypatch.setenv(FOLDERS, os.pathsep.join([str(tmp_path / "open"), "", " "]))
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [
        "secret/pets",
        "open/../secret/pets",
        "open/way_out/pets",
        "opened",
        "secret/nothing",
        "open/../open_too",
        ".",
        "/etc/passwd",
        "/",
    ],
)
def test_26_no_folder_outside_the_listed_roots(disk, workspace, path):
    for read in (
        lambda source: outline(source, below=folders()),
        lambda source: add(workspace, source, below=folders()),
        lambda source: contextlib.ExitStack().enter_context(open_source(source, disk, below=folders())),
    ):
        with pytest.raises(SourceError, match="is not open to other machines") as refused:
            read(str(disk / path))
        assert str(disk / "open") in str(refused.value)
    assert outline(str(disk / "open/pets"), below=folders()).images == 6
    assert add(workspace, str(disk / "open/pets"), below=folders()).images == 6


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "a" * 300, "a/" * 5000, "loop/pets", "a" * 300 + ".zip"])
@pytest.mark.parametrize("is_open", [True, False])
def test_26_what_no_file_can_be_called_is_refused_in_words(disk, workspace, path, is_open):
    (disk / "open" / "loop").symlink_to("loop")
    source, below = f"{disk}/open/{path}", None if is_open else folders()
    for read in (
        lambda: outline(source, below=below),
        lambda: add(workspace, source, below=below),
        lambda: contextlib.ExitStack().enter_context(open_source(source, disk, below=below)),
        lambda: find_pictures([source]),
    ):
        with pytest.raises(SourceError, match="cannot be") as refused:
            read()
        assert len(str(refused.value)) < 300
    with pytest.raises(SourceError, match="There is nothing at ~nobody/pets"):  # the home of nobody is no home
        add(workspace, "~nobody/pets")


def test_26_without_a_list_no_folder_is_open_and_one_at_the_machine_has_all(disk, monkeypatch):
    assert is_below(disk / "open", folders())
    monkeypatch.delenv(FOLDERS)
    assert folders() == ()
    assert not is_below(disk / "open", folders())
    assert is_below(disk / "secret", None)


def test_26_a_manifest_in_an_open_folder_names_no_picture_outside(disk, workspace):
    lines = ["path,label", "pets/cat/000.png,cat", "pets/dog/000.png,dog", "../secret/pets/cat/001.png,cat"]
    lines += [
        f"{disk}/secret/pets/dog/001.png,dog",
        "way_out/pets/dog/002.png,dog",
        "..\\secret\\pets\\cat\\002.png,cat",
    ]
    (disk / "open" / "list.csv").write_text("\n".join(lines))
    assert outline(str(disk / "open/list.csv"), below=folders()).images == 2
    with open_source(str(disk / "open/list.csv"), disk, below=folders()) as listing:
        assert [one.path for one in listing.pictures] == ["pets/cat/000.png", "pets/dog/000.png"]
        assert len(listing.left_out) == 4
        assert all(FOLDERS in reason for _, reason in listing.left_out)
    assert outline(str(disk / "open/list.csv")).images == 6  # for one who sits at the machine


def test_26_a_job_keeps_to_the_folders_of_who_asked_for_it(disk, workspace):
    def imported(place, **asked):
        job = SimpleNamespace(payload={"source": str(disk / place), "name": "pets", **asked})
        return run_import(SimpleNamespace(job=job, workspace=workspace, on_progress=no_progress, should_stop=never))

    assert imported("open/pets", below=list(folders()))["images"] == 6
    for how in ({}, {"append": True}):
        with pytest.raises(SourceError, match="is not open to other machines"):
            imported("secret/pets", below=list(folders()), **how)
        assert imported("secret/pets", **how)["images"] >= 6  # whoever sits at the machine says nothing of folders


OF_PROXIES = ("Via", "X-Forwarded-Proto", "x-forwarded-server", "X-Forwarded", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP",
              "X-Cluster-Client-IP", "X-Envoy-External-Address", "Tailscale-User-Login", "X-Real-IP", "X-Original-Host")  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "ip", "here"),
    [
        ({"host": "localhost:8501"}, None, True),
        ({"host": "[::1]:8501"}, None, True),
        ({"host": "localhost:8501"}, "::ffff:127.0.0.1", True),
        ({"host": "localhost:8501"}, "::ffff:192.0.2.9", False),
        ({"host": "192.0.2.7:8501"}, "192.0.2.9", False),
        ({"host": "localhost:8501"}, "192.0.2.9", False),
        ({"host": "fovea.test"}, None, False),
        ({"host": "localhost:8501", "x-forwarded-for": "192.0.2.9"}, None, False),
        ({"host": "localhost:8501", "forwarded": "for=192.0.2.9"}, None, False),
        *(({"host": "localhost:8501", name: "x"}, None, False) for name in OF_PROXIES),
    ],
)
def test_26_who_sits_at_the_machine(monkeypatch, headers, ip, here):
    monkeypatch.setenv(FOLDERS, "/data")
    monkeypatch.setattr(visitor.st, "context", _Context(headers, ip))
    assert visitor.is_here() == here
    assert visitor.folders_open() == (None if here else ("/data",))


class _Context:
    def __init__(self, headers, ip_address):
        self.headers, self.ip_address = headers, ip_address

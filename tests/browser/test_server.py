"""The server by itself: every page by its address, what is in its process, what its routes refuse."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as PlaywrightError

from pages.shared.addresses import PREFIX
from tests.browser.conftest import OTHER_NAME, PATIENCE_MS, Server, command, copy, drawn, open_tab
from tests.making import write_classes

pytestmark = pytest.mark.browser

PAGES = ("home", "explore", "augment", "train", "evaluate", "classify")
LEARNING = re.compile(r"/(tensorflow|keras|jax|jaxlib|h5py|sklearn)/")  # keras itself is Python, but brings h5py
KEPT_SECONDS = 180  # two minutes long Streamlit keeps what a page had that was left, for a browser that comes back
MOST_MB = 450  # that it keeps; 350 to 410 were seen, more while a page of MNIST is drawn; TensorFlow alone adds 700
REFUSED = (400, 403, 404)  # 400 is Streamlit's own answer to a path that climbs, before any route is asked
PRINTED_AT_START = re.compile("^(You can now view|URL: )")
WATCH_FOR_FLASH = """
window.flashes = [];
new MutationObserver(() => {
  if (document.body && document.body.innerText.includes('Page not found')) window.flashes.push(location.href);
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture(scope="module")
def mnist_server(tmp_path_factory: pytest.TempPathFactory, made_mnist: Path) -> Iterator[Server]:
    """A server with all of MNIST and two runs on it."""
    workspace = copy(made_mnist / "workspace", tmp_path_factory.mktemp("mnist") / "workspace")
    learnt = ("--preset", "fast", "--epochs", "1", "--images-per-class", "100")
    command(workspace, "train", "mnist", *learnt, "--run-name", "other")
    command(workspace, "train", "mnist", *learnt)
    running = Server(workspace)
    yield running
    running.stop()


def title_of(name: str) -> re.Pattern[str]:
    return re.compile("fovea|home|start", re.IGNORECASE) if name == "home" else re.compile(name, re.IGNORECASE)


def open_page(page: Page, server: Server, name: str, query: str = "") -> None:
    """Open a page and wait until all of it is drawn."""
    page.goto(f"{server.url}/{'' if name == 'home' else name}{query}")
    page.get_by_role("heading", level=1).first.wait_for()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_by_its_address_on_a_fresh_server(page: Page, trained_workspace: Path, name: str):
    log = trained_workspace / "server.log"
    said_before = log.stat().st_size if log.exists() else 0
    running = Server(trained_workspace)
    try:
        look_at(page, running, name)
        assert "Traceback" not in log.read_text()[said_before:]
    finally:
        running.stop()


def test_a_start_prints_where_the_pages_are_and_nothing_else(fresh_server: Server):
    said = (fresh_server.workspace / "server.log").read_text()
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    assert [line for line in lines if not PRINTED_AT_START.search(line)] == []
    assert f"localhost:{fresh_server.port}" in said


def test_every_page_opens_where_there_is_nothing_yet(page: Page, fresh_server: Server):
    for name in PAGES:
        look_at(page, fresh_server, name)
    assert "Traceback" not in (fresh_server.workspace / "server.log").read_text()


def look_at(page: Page, server: Server, name: str) -> None:
    """Open a page by its address, and see that nothing else was drawn before it and nothing failed."""
    page.add_init_script(WATCH_FOR_FLASH)
    open_page(page, server, name)
    if name != "home":
        expect(page.get_by_role("heading", level=1).first).to_have_text(title_of(name))
    assert page.evaluate("window.flashes") == []
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_with_every_page_opened_the_server_has_no_tensorflow_and_little_memory(page: Page, mnist_server: Server):
    open_page(page, mnist_server, "home")
    for name in PAGES:
        open_page(page, mnist_server, name, "?data=mnist" if name in ("explore", "augment", "train") else "")
    click_through_evaluate(page, mnist_server)
    if not Path("/proc").is_dir():
        pytest.skip("what a process has loaded can be seen on Linux only")
    process = psutil.Process(mnist_server.process.pid)
    assert loaded(process) == set()
    open_page(page, mnist_server, "home")
    until = time.monotonic() + KEPT_SECONDS
    while (resident_mb := process.memory_info().rss / 1e6) >= MOST_MB and time.monotonic() < until:
        time.sleep(0.5)
    print(f"{resident_mb:.0f} MB resident")
    assert resident_mb < MOST_MB
    # The same look does find TensorFlow where it is: in the helper, which is a process of its own.
    until = time.monotonic() + 60
    while not any("tensorflow" in loaded(child) for child in process.children()) and time.monotonic() < until:
        time.sleep(0.5)
    assert any("tensorflow" in loaded(child) for child in process.children())


def click_through_evaluate(page: Page, server: Server) -> None:
    """Every tab, and the first things that are clicked on Calibration, Decide and Compare."""
    open_page(page, server, "evaluate")
    for tab in page.get_by_role("tab").all_inner_texts():
        open_tab(page, tab)
        drawn(page)
        if tab == "Calibration":
            page.get_by_role("radio", name="Equal counts").click()
            expect(page.get_by_text(re.compile("temperature (of|lowers)")).first).to_be_visible()
        if tab == "Decide":
            for way in ("Sets of classes", "One class"):
                page.get_by_role("radio", name=way, exact=True).click()
                drawn(page)
        if tab == "Compare":
            page.get_by_role("combobox", name="Compare with").click()
            page.get_by_role("option", name=re.compile("other")).click()
            page.keyboard.press("Escape")
            page.get_by_role("heading", name=re.compile(r"B \(other\)")).wait_for()
        expect(page.get_by_test_id("stException")).to_have_count(0)


def loaded(process: psutil.Process) -> set[str]:
    """Names of the machine-learning libraries whose files this process has mapped."""
    try:
        maps = Path(f"/proc/{process.pid}/maps").read_text()
    except OSError:
        return set()
    return {match.group(1) for match in LEARNING.finditer(maps)}


def ask(server: Server, method: str, path: str, **headers: str) -> int:
    """The status of an answer; the path goes out as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, body=b"x" if method == "PUT" else None, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_frame_on_another_site_stays_empty(page: Page, server: Server):
    framed = f"<iframe src='{server.url}/' title='theirs'></iframe><img src='{server.url}{a_thumbnail(server)}' alt=''>"
    page.route("http://site.test/", lambda route: route.fulfill(body=framed, content_type="text/html"))
    page.goto("http://site.test/")
    assert page.frames[1].url.startswith("chrome-error://")
    assert page.locator("img").evaluate("image => image.complete && image.naturalWidth") == 0
    page.route("http://site.test/plain", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page.goto("http://site.test/plain")  # whose script speaks to the server as this visitor would
    with pytest.raises(PlaywrightError, match="Failed to fetch"):
        page.evaluate("address => fetch(address)", f"{server.url}/_stcore/health")
    opened = "address => new Promise(done => { const s = new WebSocket(address); s.onopen = s.onclose = e => done(e.type); })"
    assert page.evaluate(opened, f"ws://127.0.0.1:{server.port}/_stcore/stream") == "close"


def test_somebody_at_another_machine_sees_the_folders_that_are_open_and_no_other(browser: Browser, tmp_path: Path):
    for place in ("open", "secret"):
        write_classes(tmp_path / place / "pets", {"cat": 12, "dog": 12})
    (tmp_path / "workspace").mkdir()
    environment = {"FOVEA_FOLDERS": str(tmp_path / "open")}
    running = Server(tmp_path / "workspace", environment=environment)
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    try:
        page.goto(f"http://{OTHER_NAME}:{running.port}/explore?add=1")
        open_tab(page, "Folder on this machine")
        expect(page.get_by_text(f"Open to other machines: {tmp_path}/open.")).to_be_visible()
        path = page.get_by_role("textbox", name="Path on this machine")
        path.fill(f"{tmp_path}/open/../secret/pets")
        page.get_by_role("button", name="Look inside").click()
        expect(page.get_by_text("is not open to other machines")).to_be_visible()
        drawn(page)
        path.fill(f"{tmp_path}/open/pets")
        page.get_by_role("button", name="Look inside").click()
        expect(page.get_by_text("2 classes, 24 images")).to_be_visible()
        expect(page.get_by_text("is not open to other machines")).to_have_count(0)
        page.goto(f"{running.url}/explore?add=1")  # at the machine itself
        open_tab(page, "Folder on this machine")
        page.get_by_role("textbox", name="Path on this machine").fill(f"{tmp_path}/secret/pets")
        page.get_by_role("button", name="Look inside").click()
        expect(page.get_by_text("2 classes, 24 images")).to_be_visible()
    finally:
        page.context.close()
        running.stop()


def a_thumbnail(server: Server) -> str:
    name, sha256 = a_picture(server.workspace)
    return f"{PREFIX}/thumbnails/{name}/{sha256}"


def test_an_upload_from_a_foreign_page_is_refused(server: Server):
    token = "a" * 32
    (server.workspace / "uploads" / f"{token}.wanted").touch()
    address = f"{PREFIX}/uploads/{token}?name=x.zip"
    assert ask(server, "PUT", address, Origin="http://evil.example") == 403
    assert ask(server, "PUT", address) == 403
    assert not (server.workspace / "uploads" / f"{token}.zip").exists()
    assert ask(server, "PUT", address, Origin=server.url) == 200  # the same from our own page
    assert (server.workspace / "uploads" / f"{token}.zip").read_bytes() == b"x"


def test_of_two_uploads_to_one_address_the_first_that_has_come_stays(server: Server):
    token = "c" * 32
    (server.workspace / "uploads" / f"{token}.wanted").touch()
    own = {"Origin": server.url}
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    slow.putrequest("PUT", f"{PREFIX}/uploads/{token}?name=big.zip")
    for name, value in {**own, "Content-Length": "6"}.items():
        slow.putheader(name, value)
    slow.endheaders(b"two")
    deadline = time.monotonic() + 20
    while not [*(server.workspace / "uploads").glob(f"{token}.*.part")]:  # its first bytes have come
        assert time.monotonic() < deadline
        time.sleep(0.02)

    assert ask(server, "PUT", f"{PREFIX}/uploads/{token}?name=small.zip", **own) == 200
    slow.send(b"two")

    assert slow.getresponse().status in REFUSED
    assert {path.name: path.read_bytes() for path in (server.workspace / "uploads").glob(f"{token}*")} == {
        f"{token}.zip": b"x"
    }


def test_an_upload_that_nobody_asked_for_is_refused(server: Server):
    before = sorted(path.name for path in (server.workspace / "uploads").iterdir())
    for token in ("b" * 32, "short", "..%2f..%2fescaped-token-1234"):
        assert ask(server, "PUT", f"{PREFIX}/uploads/{token}?name=x.zip", Origin=server.url) in REFUSED
    assert sorted(path.name for path in (server.workspace / "uploads").iterdir()) == before


def test_a_thumbnails_address_cannot_climb_out(server: Server):
    name, sha256 = a_picture(server.workspace)
    assert ask(server, "GET", f"{PREFIX}/thumbnails/{name}/{sha256}") == 200
    for path in (
        f"{PREFIX}/thumbnails/..%2f{name}/{sha256}",
        f"{PREFIX}/thumbnails/{name}%2f..%2f{name}/{sha256}",
        f"{PREFIX}/thumbnails/..%2f..%2fetc/{sha256}",
        f"{PREFIX}/thumbnails/%2e%2e/{sha256}",
        f"{PREFIX}/thumbnails/{name}/..%2f..%2f..%2fcatalogue.db",
        f"{PREFIX}/thumbnails/%2fetc/{sha256}",
        f"{PREFIX}/thumbnails/{name}/{'0' * 64}",
        f"{PREFIX}/pictures/..%2f{name}/0",
        f"{PREFIX}/pictures/{name}/999999999",
        f"{PREFIX}/pictures/{name}/-1",
    ):
        assert ask(server, "GET", path) in REFUSED, path


def a_picture(workspace: Path) -> tuple[str, str]:
    """A data set and the hash of one of its pictures."""
    file = next(workspace.glob("datasets/*/images/*/*"))
    return file.parts[-4], file.stem

"""Fovea under a path of another server: nginx as docs/serving.md sets it up."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.conftest import OTHER_NAME, PROJECT, Server, copy, drawn, open_tab, until
from tests.making import write_classes

pytestmark = pytest.mark.browser

UNDER = "our/fovea"
UNPACKED = Path(sys.prefix) / "nginx" / "usr" / "sbin"
LOCATION = re.compile(r"^    (location /fovea/ \{.*?^    \})", re.MULTILINE | re.DOTALL)


def as_documented() -> str:
    """The block of nginx's configuration that docs/serving.md shows."""
    found = LOCATION.search((PROJECT / "docs" / "serving.md").read_text())
    assert found
    return found[1].replace("/fovea/", f"/{UNDER}/")


@pytest.fixture
def proxied(trained_workspace: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a Fovea behind nginx, under a path."""
    program = shutil.which("nginx") or shutil.which("nginx", path=UNPACKED)
    if not program:
        pytest.skip("no nginx could be unpacked here")
    options = ["--server.address", "127.0.0.1", "--server.baseUrlPath", UNDER]
    workspace = copy(trained_workspace, tmp_path / "workspace")
    running = Server(workspace, options=options, path=f"/{UNDER}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    behind = as_documented().replace("127.0.0.1:8501", f"127.0.0.1:{running.port}")
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {folders}\nserver {{ listen 127.0.0.1:{port};\n{behind}\n}} }}\n"
    )
    (tmp_path / "logs").mkdir()
    proxy = subprocess.Popen(
        [program, "-p", str(tmp_path), "-e", str(tmp_path / "error.log"), "-c", str(tmp_path / "nginx.conf")]
    )
    try:
        _wait_for(port, proxy)
        yield f"http://{OTHER_NAME}:{port}/{UNDER}"
    finally:
        proxy.terminate()
        proxy.wait()
        running.stop()


def _wait_for(port: int, proxy: subprocess.Popen[bytes]) -> None:
    while proxy.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("nginx ended")


def expect_seen(image: Locator) -> None:
    """Wait until the picture has come: its place on the page is there before that."""
    expect(image).to_be_visible()
    until(image.page, lambda: image.evaluate("image => image.complete && image.naturalWidth"), bool)


def test_all_pictures_and_uploads_find_their_way_under_a_path(page: Page, proxied: str, tmp_path: Path):
    astray: list[str] = []

    def heard(answer: Response) -> None:
        tried = "/_stcore/h" in answer.url  # Streamlit's page looks for its server in every folder above
        if (answer.status >= 400 and not tried) or not answer.url.startswith((proxied, "data:", "blob:")):
            astray.append(f"{answer.status} {answer.url}")

    page.on("response", heard)
    page.goto(f"{proxied}/explore?data=digits")
    tiles = page.locator(".tile img")
    expect_seen(tiles.first)
    page.locator(".tile").first.click()
    large = page.get_by_role("dialog").locator("img").first
    expect_seen(large)
    page.keyboard.press("Escape")

    write_classes(tmp_path / "pets", {"cat": 12, "dog": 12})
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for file in sorted((tmp_path / "pets").rglob("*.png")):
            archive.write(file, file.relative_to(tmp_path / "pets"))
    page.goto(f"{proxied}/explore?add=1")
    drawn(page)
    page.get_by_label("File to upload").set_input_files(tmp_path / "pets.zip")
    page.get_by_role("button", name="Add pets.zip").click()
    expect(page.get_by_text("pets@1 is here: 24 images")).to_be_visible()
    expect(tiles).to_have_count(24)
    expect_seen(tiles.first)

    page.get_by_role("link", name="Evaluate").first.click()
    expect(page).to_have_url(re.compile(f"^{re.escape(proxied)}/evaluate"))
    open_tab(page, "Mistakes")
    expect_seen(tiles.first)
    assert astray == []

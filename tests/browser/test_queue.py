"""Train: two people and one device. Who waits behind whom, and what each may do to the other's run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, Server, copy, drawn

pytestmark = pytest.mark.browser
LONG = 9000  # epochs, which nobody waits for


@pytest.fixture
def own(trained_workspace: Path, tmp_path: Path) -> Iterator[Server]:
    """A server on a copy of the trained workspace."""
    workspace = tmp_path / "workspace"
    copy(trained_workspace, workspace)
    running = Server(workspace)
    yield running
    for one in running.command("runs", "list")["runs"]:
        if one["status"] in ("queued", "running"):
            running.command("runs", "stop", one["run"])
    running.stop()


@pytest.fixture
def people(browser: Browser) -> Iterator[tuple[Page, Page]]:
    """The pages of two people who share nothing but the server."""
    expect.set_options(timeout=PATIENCE_MS)
    contexts = [browser.new_context(viewport={"width": 1280, "height": 1400}) for _ in range(2)]
    for context in contexts:
        context.set_default_timeout(PATIENCE_MS)
    ann, bob = (context.new_page() for context in contexts)
    yield ann, bob
    for context in contexts:
        context.close()


def begin(server: Server, page: Page, name: str) -> str:
    """Start a long training by a double click. Gives back the run's id."""
    page.goto(f"{server.url}/train?data=digits&preset=fast")
    for label, value in (("Name of the run", name), ("Epochs", str(LONG))):
        box = page.get_by_label(label, exact=True)
        box.fill(value)
        box.press("Tab")
    expect(page.get_by_text(f"{LONG:,} epochs,").first).to_be_visible()
    page.get_by_role("button", name="Train on 1,439 images").dblclick()
    page.wait_for_url(re.compile(r"[?&]run="))
    return re.search(r"run=([^&]+)", page.url)[1]


def jobs(page: Page) -> Locator:
    """The queue as it is shown, in its order."""
    return page.locator("[class*='st-key-job_']")


def expect_queue(page: Page, *names: str) -> None:
    """Wait until these runs stand in the queue in this order, and no other."""
    expect(jobs(page)).to_have_text([re.compile(re.escape(name)) for name in names])


def job(page: Page, name: str) -> Locator:
    return jobs(page).filter(has_text=name)


def test_two_people_share_one_device_and_its_queue(own: Server, people: tuple[Page, Page]) -> None:
    ann, bob = people
    before = len(own.command("runs", "list")["runs"])
    anns = begin(own, ann, "Ann's run")
    expect(ann.get_by_text(re.compile(rf"Epoch \d+ of {LONG}")).first).to_be_visible()
    bobs = begin(own, bob, "Bob's run")
    expect(bob.get_by_text("Waiting in the queue. 1 training before it.").first).to_be_visible()
    assert len(own.command("runs", "list")["runs"]) == before + 2

    third = own.command("train", "digits", "--detach", "--run-name", "A third", "--epochs", str(LONG))["run"]
    for page in people:
        page.goto(f"{own.url}/train?data=digits")
        expect_queue(page, "Ann's run", "Bob's run", "A third")
        expect_queue(page, "Running", "Queued", "Queued")
    job(bob, "A third").get_by_role("button", name="Move up").click()
    for page in people:  # Ann sees it without doing anything
        expect_queue(page, "Ann's run", "A third", "Bob's run")
        page.reload()
        expect_queue(page, "Ann's run", "A third", "Bob's run")

    job(ann, "A third").get_by_role("button", name="Stop").click()
    for page in people:
        expect_queue(page, "Ann's run", "Bob's run")
    assert own.command("runs", "show", third)["status"] == "stopped"

    ann.goto(f"{own.url}/train?run={anns}")
    expect(ann.get_by_text(re.compile(rf"Epoch \d+ of {LONG}")).first).to_be_visible()
    job(bob, "Ann's run").get_by_role("button", name="Stop").click()
    expect(ann.get_by_text("Stopped. The best weights so far are kept and evaluated.").first).to_be_visible()
    expect_queue(bob, "Bob's run")
    expect(job(bob, "Bob's run")).to_contain_text("Running")
    for page, run in ((ann, anns), (bob, anns)):
        page.goto(f"{own.url}/train?run={run}")
        expect(page.get_by_text("Stopped. The best weights so far are kept and evaluated.").first).to_be_visible()
        page.reload()
        drawn(page)
        expect(page.get_by_text("Stopped. The best weights so far are kept and evaluated.").first).to_be_visible()
    statuses = {one["run"]: one["status"] for one in own.command("runs", "list")["runs"]}
    assert (statuses[anns], statuses[bobs]) == ("stopped", "running")


def test_a_run_that_waits_is_cancelled_by_the_other_person_and_its_owner_sees_it(
    own: Server, people: tuple[Page, Page]
) -> None:
    ann, bob = people
    begin(own, ann, "Ann's run")
    bobs = begin(own, bob, "Bob's run")
    expect(job(bob, "Bob's run")).to_contain_text("this run")
    expect(bob.get_by_text("Waiting in the queue. 1 training before it.").first).to_be_visible()

    job(ann, "Bob's run").get_by_role("button", name="Stop").dblclick()

    expect(bob.get_by_text("Stopped before there was anything to keep.").first).to_be_visible()
    bob.reload()
    expect(bob.get_by_text("Stopped before there was anything to keep.").first).to_be_visible()
    expect(bob.get_by_role("button", name="Resume")).to_be_visible()
    bob.get_by_role("button", name="Resume").click()
    expect(bob.get_by_text("Waiting in the queue. 1 training before it.").first).to_be_visible()
    assert own.command("runs", "show", bobs)["status"] == "queued"

"""Home: the one click from nothing to a training, the four steps, the runs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from core.workspace import Workspace, alive, queue
from tests.browser.conftest import STEADY_BOX, Server, drawn, until

pytestmark = pytest.mark.browser

START = "Train on handwritten digits"
LATE = """
window.heard = [];
const { addEventListener, send } = WebSocket.prototype;
WebSocket.prototype.send = function (...message) {
  window.asked += 1;
  return send.apply(this, message);
};
WebSocket.prototype.addEventListener = function (kind, hear, ...rest) {
  const hearLate = (event) => (window.late ? window.heard.push(() => hear(event)) : hear(event));
  return addEventListener.call(this, kind, kind === "message" ? hearLate : hear, ...rest);
};
"""
HEAR = """async () => {
  while (window.heard.length) {
    window.heard.shift()();
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  }
  window.late = false;
}"""


def jobs_of(server: Server) -> list[queue.Job]:
    return queue.list_jobs(Workspace(server.workspace))


def stop_all(server: Server) -> None:
    for job in jobs_of(server):
        queue.request_stop(Workspace(server.workspace), job.id)


def test_one_click_leads_from_nothing_to_a_training_and_two_clicks_make_no_second(
    fresh_server: Server, page: Page
) -> None:
    page.goto(fresh_server.url)
    expect(page.get_by_text("No images yet")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_be_disabled()
    page.get_by_role("button", name=START).dblclick()
    page.wait_for_url(re.compile(r"/train\?.*run="))
    try:
        page.goto(fresh_server.url)
        expect(page.get_by_role("button", name="Watch the training")).to_be_visible()
        expect(page.get_by_role("button", name=START)).to_have_count(0)
        (job,) = jobs_of(fresh_server)
        assert (job.kind, job.payload["source"]) == ("import", "mnist")
        assert job.payload["train"]["preset"] == "fast"
        page.get_by_role("button", name="Watch the training").click()
        page.wait_for_url(re.compile(f"run={job.payload['train']['run']}"))
    finally:
        stop_all(fresh_server)


def test_where_the_digits_are_there_already_the_click_trains_at_once(fresh_server: Server, page: Page) -> None:
    fresh_server.command("data", "add", "digits", "--name", "mnist")
    page.goto(fresh_server.url)
    page.get_by_role("button", name=START).click()
    page.wait_for_url(re.compile(r"/train\?.*run="))
    try:
        (job,) = jobs_of(fresh_server)
        assert (job.kind, job.payload["dataset"]) == ("train", "mnist@1")
        assert f"run={job.id}" in page.url
        page.goto(fresh_server.url)
        expect(page.get_by_text("1 training now").or_(page.get_by_text("1 waiting"))).to_be_visible()
    finally:
        stop_all(fresh_server)


def test_steps_say_what_is_there_and_lead_on(server: Server, page: Page) -> None:
    page.goto(server.url)
    expect(page.get_by_text(re.compile(r"data sets? with [\d,]+ images"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"The newest model gets .* of its test images right"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"Processor, \d+ cores?: \d+\s%"))).to_be_visible()
    page.get_by_role("button", name="See where it fails").click()
    page.wait_for_url(re.compile(r"/evaluate\?.*run="))


def test_a_page_is_there_after_a_click_though_what_the_server_says_comes_late(fresh_server: Server, page: Page) -> None:
    """What Home asks for by itself while the browser has not heard of the next page yet is of no page any more."""
    page.add_init_script(LATE)
    page.goto(fresh_server.url)
    expect(page.get_by_role("heading", name="This machine")).to_be_visible()
    drawn(page)

    page.evaluate("window.late = true; window.asked = 0")
    page.get_by_role("button", name="Add your images").click()
    until(page, lambda: page.evaluate("window.asked"), lambda asked: asked >= 4)  # the click, then by itself
    page.evaluate(HEAR)
    drawn(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("heading", name="Explore")).to_have_count(1)


def test_what_runs_is_said_below_the_header_and_not_under_it(fresh_server: Server, page: Page) -> None:
    workspace = Workspace(fresh_server.workspace)
    name = "fifth on a data set with a long name@7, test"
    queue.submit(workspace, queue.Job("export-1", "export_data", queue.LIGHT, {"name": name}))
    job = queue.claim(workspace, queue.LIGHT)
    assert job
    with alive.hold(job.folder(workspace)):
        for width in (400, 700, 1280):
            page.set_viewport_size({"width": width, "height": 700})
            page.goto(fresh_server.url)
            words = page.get_by_text(f"Export {name}")
            if width == 1280:  # whoever folds the sidebar has a header with a ground
                page.get_by_test_id("stSidebar").hover()
                page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
            expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
            drawn(page)
            assert words.evaluate(STEADY_BOX)["y"] >= page.get_by_test_id("stHeader").evaluate(STEADY_BOX)["height"] > 0


def test_a_run_in_the_table_leads_to_its_evaluation(server: Server, page: Page) -> None:
    (newest, *_) = server.command("runs", "list")["runs"]
    page.goto(server.url)
    table = page.get_by_test_id("stDataFrame")
    # nobody named it: it is called by its recipe and time
    expect(table.locator("[role=gridcell]", has_text=f"{newest['preset']}, ").first).to_be_attached()
    table.click(position={"x": 80, "y": 52})  # the first row's name, painted on a canvas
    page.wait_for_url(re.compile(rf"/evaluate\?.*run={newest['run']}"))

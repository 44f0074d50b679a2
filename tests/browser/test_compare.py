"""Evaluate in a browser: two runs to the verdict, where they part, and whether more data would help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, command, copy, drawn, press

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own(trained_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on a copy of the trained workspace with a second run, which learnt from few images."""
    workspace = copy(trained_workspace, tmp_path_factory.mktemp("compare") / "workspace")
    settings = ("--preset", "fast", "--epochs", "2", "--images-per-class", "8", "--run-name", "hasty")
    command(workspace, "train", "digits", *settings, "--batch-size", "16")
    running = Server(workspace)
    yield running
    running.stop()


def ids(server: Server) -> tuple[str, str]:
    """The run that conftest trained, and the hasty one."""
    made = server.command("runs", "list")["runs"]
    return made[-1]["run"], made[0]["run"]


def test_two_runs_get_a_verdict_and_the_images_on_which_they_part(own: Server, page: Page):
    first, hasty = ids(own)
    told = own.command("compare", first, hasty)["runs"][0]
    assert told["verdict"] == "worse"
    page.goto(f"{own.url}/evaluate?run={first}&tab=Compare")
    page.get_by_role("combobox", name="Compare with").click()
    page.get_by_role("option", name=re.compile("hasty")).click()
    page.keyboard.press("Escape")
    verdict = page.get_by_role("heading", name=re.compile(r"B \(hasty\) is worse than A"))
    expect(verdict).to_contain_text(f"{-told['difference'] * 100:.1f} fewer right")
    expect(page).to_have_url(re.compile(f"with={hasty}"))

    page.get_by_role("button", name=f"Only A right: {told['only_reference']}").click()
    expect(page.locator(".tile")).to_have_count(min(told["only_reference"], 48))
    expect(page).to_have_url(re.compile("who=only_reference"))
    page.reload()  # the address shows the same
    expect(verdict).to_be_visible()
    expect(page.locator(".tile")).to_have_count(min(told["only_reference"], 48))
    large = page.get_by_role("dialog")
    page.locator(".tile").first.click()
    expect(large.get_by_text("hasty")).to_be_visible()
    large.get_by_role("button", name="Next").click()
    expect(large.get_by_text(f"2 of {told['only_reference']} images")).to_be_visible()
    expect(large.get_by_text("hasty")).to_be_visible()


def test_a_mistake_is_relabelled_and_another_left_out_where_it_was_seen(own: Server, page: Page):
    _, hasty = ids(own)
    before = own.command("data", "show", "digits")
    page.goto(f"{own.url}/evaluate?run={hasty}&tab=Mistakes")
    page.locator(".tile").first.click()
    large = page.get_by_role("dialog")
    large.get_by_role("combobox", name="Class").fill("odd")
    page.keyboard.press("Enter")
    expect(large.get_by_text("Changed, not saved.")).to_be_visible()
    large.get_by_role("button", name="Next").click()
    expect(large.get_by_text(re.compile("^2 of "))).to_be_visible()
    press(page, large.get_by_role("button", name="Leave out"), large.get_by_role("button", name="Put back"))
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 changes, not saved:")).to_be_visible()
    page.reload()  # the draft is in the address
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_text("Version 2 is saved.")).to_be_visible()
    after = own.command("data", "show", "digits")
    assert (after["version"], after["images"]) == (2, before["images"] - 1)
    assert after["per_class"]["odd"] == 1
    expect(page.get_by_role("heading", name=re.compile("test images it names"))).to_be_visible()  # still of version 1


def test_a_run_that_was_not_evaluated_on_these_images_is_from_there(own: Server, page: Page):
    first, hasty = ids(own)
    own.command("evaluate", first, "--split", "train")
    page.goto(f"{own.url}/evaluate?run={first}&split=train&tab=Compare&with={hasty}")
    page.get_by_role("button", name=re.compile(r"Evaluate on [\d,]+ training images")).click()
    expect(page.get_by_role("heading", name=re.compile(r"hasty"))).to_be_visible()


def test_a_learning_curve_is_asked_for_watched_cancelled_and_found_again(own: Server, page: Page):
    first, _ = ids(own)
    page.goto(f"{own.url}/evaluate?run={first}&tab=More%20data%3F")
    page.get_by_role("button", name="Train 4 runs").dblclick()
    expect(page.get_by_text(re.compile(r"\d of 4 runs have ended")).first).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text(re.compile("runs have no figures"))).to_be_visible()
    drawn(page)
    (sweep,) = own.command("sweeps", "list")["sweeps"]
    assert [one["values"]["train_share"] for one in sorted(sweep["runs"], key=lambda one: one["run"])] == [
        0.1,
        0.2,
        0.5,
        1,
    ]
    page.get_by_role("link", name="Its runs").click()
    expect(page.get_by_role("link", name="See the learning curve")).to_be_visible()

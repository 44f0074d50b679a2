"""`python docs/take_pictures.py URL`: the pictures in README, of a running app that has mnist and a finished run.

Also `--all DIR`: every page, light and dark, wide and 400 px narrow, for looking at.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PAGES = ("home", "explore", "augment", "train", "evaluate", "classify")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HIGHEST = 1300
DIGIT = Path(__file__).parents[1] / "tests/data/seven.png"


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--all", type=Path, metavar="DIR")
    parser.add_argument("--run", default="", help="the run to show")
    options = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for page in PAGES:
            if not options.all:
                take(browser, options.url, page, options.run, Path(__file__).parent / f"pictures/{page}.png")
                continue
            options.all.mkdir(exist_ok=True, parents=True)
            for width in (1280, 400):
                for scheme in ("light", "dark"):
                    path = options.all / f"{page}-{width}-{scheme}.png"
                    take(browser, options.url, page, options.run, path, width, scheme)
        browser.close()


def take(browser: Browser, url: str, page: str, run: str, path: Path, width: int = 1280, scheme: str = "light") -> None:
    """One picture of one page, once it has drawn itself."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    address = {"home": ""}.get(page, page)
    query = f"?run={run}" if run and page in ("train", "evaluate", "classify") else ""
    opened.goto(f"{url}/{address}{query}")
    opened.wait_for_selector("h1", timeout=60_000)
    if page == "classify" and run:
        opened.locator('input[type="file"]').first.set_input_files(DIGIT)
    opened.wait_for_timeout(12_000 if page == "augment" else 4_000)
    height = min(opened.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"), HIGHEST)
    opened.set_viewport_size({"width": width, "height": max(height, 700)})
    opened.wait_for_timeout(3_000)
    opened.screenshot(path=path)
    context.close()


if __name__ == "__main__":
    main()

"""How one page leads to another."""

from types import SimpleNamespace

import streamlit as st

from pages.shared import links
from tests.making import PROJECT


def test_what_a_page_drew_is_asked_for_no_more_before_the_next_is_begun(monkeypatch):
    """A request that came between the two was answered with the page before, which left the next one blank."""
    done = []
    storage = SimpleNamespace(clear=lambda: done.append("forgotten"))
    monkeypatch.setattr(links, "get_script_run_ctx", lambda: SimpleNamespace(fragment_storage=storage))
    monkeypatch.setattr(st, "switch_page", lambda path, query_params: done.append((path, query_params)))

    links.go(links.page("train"), {"run": "one"})

    assert done == ["forgotten", (str(PROJECT / "pages/train.py"), {"run": "one"})]


def test_no_page_leads_on_another_way():
    calling = [path.name for path in (PROJECT / "pages").rglob("*.py") if "switch_page(" in path.read_text()]

    assert calling == ["links.py"]

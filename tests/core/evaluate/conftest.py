import gc

import pytest


@pytest.fixture(autouse=True)
def _no_collecting(monkeypatch):
    """statsmodels collects garbage at each correction, which takes a second in a process of many tests."""
    monkeypatch.setattr(gc, "collect", lambda *_: 0)

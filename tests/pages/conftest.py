"""AppTest takes the place of `__main__`, which processes that a later test begins would run."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _main_module(monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

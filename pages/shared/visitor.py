"""Where the visitor sits: at the machine that Fovea runs on, or at another."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import streamlit as st

from core.data.sources.opened import folders
from pages.shared.gate import is_loopback

FORWARDED = re.compile(  # what proxies say of those whom they speak for
    r"via|forwarded|x-(forwarded|real|original|envoy)\b.*|.*(client|connecting)-?ip|(tailscale|cf)-.*", re.IGNORECASE
)


def folders_open() -> tuple[str, ...] | None:
    """The folders of the host that the visitor may import from; None is all, for one who sits at it."""
    return None if is_here() else folders()


def is_here() -> bool:
    """Whether the page is asked for at the machine itself, under a name that means itself, and by nobody's proxy."""
    headers = st.context.headers
    host = urlsplit(f"//{headers.get('host', 'localhost')}").hostname or ""
    at = st.context.ip_address or "127.0.0.1"
    return is_loopback(host) and is_loopback(at) and not any(map(FORWARDED.fullmatch, headers))

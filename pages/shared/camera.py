"""Whether a browser offers its camera, and what to say where it does not."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from pages.shared.messages import plain


def camera_works(scheme: str, host: str) -> bool:
    """Whether browsers offer the camera to a page from there.

    Source: W3C, "Secure Contexts", section 3.1.
    """
    local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    return scheme == "https" or local


def offered(instead: str) -> bool:
    """Whether the camera can be used on this page; says why not, and what to do `instead`, where it cannot."""
    address = urlsplit(st.context.url or "")
    if camera_works(address.scheme, address.hostname or ""):
        return True
    st.info(
        plain(
            "A browser gives its camera only to pages that come by HTTPS or from this very machine (localhost). "
            f"This one came from {address.scheme}://{address.netloc}. Serve Fovea by HTTPS, or {instead}."
        )
    )
    return False

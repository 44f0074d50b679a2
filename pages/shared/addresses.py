"""The addresses of what the server answers beside the pages, under whatever path it is served (`server.baseUrlPath`)."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

PREFIX = "/fovea"


def base() -> str:
    """The path that the app is served under: "" at the root of its host, else "/fovea-of-ours"."""
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def at(path: str) -> str:
    """The address of `path`, which begins with a slash, among Fovea's own routes."""
    return base() + PREFIX + path


def thumbnail_url(dataset_name: str, sha256: str) -> str:
    """Address of a picture's small version."""
    return at(f"/thumbnails/{quote(dataset_name)}/{sha256}")


def picture_url(reference: str, row: int, sha256: str = "") -> str:
    """Address of a picture of `name@version` by its index row, at true pixels up to 1,024 and more.

    With its `sha256` no browser shows an older picture that it kept under the same name and version.
    """
    return at(f"/pictures/{quote(reference)}/{row}" + (f"?{sha256[:16]}" if sha256 else ""))


def small_urls(reference: str) -> str:
    """What the addresses of the small versions of `name@version` begin with; an index row follows."""
    return at(f"/small/{quote(reference)}/")


def export_url(job_id: str) -> str:
    """Address of the archive that an export wrote."""
    return at(f"/exports/{quote(job_id)}")


def upload_url(token: str) -> str:
    """Address to which a browser puts an archive that a page asked for under `token`."""
    return at(f"/uploads/{token}")


def frames_url(token: str) -> str:
    """Address under which a browser puts the pictures of a collection."""
    return at(f"/frames/{token}")

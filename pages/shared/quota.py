"""How much `st.file_uploader` may hold: whole files in memory, for as long as a session lasts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from streamlit import runtime

UPLOADED = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+/?$")
SESSION_BYTES = 256 << 20
ALL_BYTES = 2 << 30
_on_the_way: dict[object, tuple[str, int]] = {}  # session and bytes of those that are being sent


def refusal(path: str, claimed: str) -> tuple[int, str] | None:
    """Status and words for a file that may not be sent to Streamlit's uploads; None for one that may, and for all else.

    Args:
        path: Of a PUT.
        claimed: Its header Content-Length, to which the server holds whoever sends.
    """
    found = UPLOADED.search(path)
    return _refusal(found[1], claimed, _held()) if found else None


@contextmanager
def on_the_way(path: str, claimed: str) -> Iterator[None]:
    """For as long as a request is answered that sends a file: what it claims counts as held, so that many at once are no way around."""
    found, request = UPLOADED.search(path), object()
    if found and claimed.isdecimal():
        _on_the_way[request] = found[1], int(claimed)
    try:
        yield
    finally:
        _on_the_way.pop(request, None)


def _held() -> Mapping[str, Mapping[str, Any]]:
    """The files in memory, by session and id."""
    return getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {}) if runtime.exists() else {}


def _refusal(session: str, claimed: str, held: Mapping[str, Mapping[str, Any]]) -> tuple[int, str] | None:
    if not claimed.isdecimal():
        return 411, "Say how long the file is."
    own, all_ = (sum(len(file.data) for one in some for file in list(one.values()))
                 for some in ([held.get(session, {})], list(held.values())))  # fmt: skip
    own += sum(size for of, size in _on_the_way.values() if of == session)
    all_ += sum(size for _, size in _on_the_way.values())
    if own + int(claimed) > SESSION_BYTES or all_ + int(claimed) > ALL_BYTES:
        return 413, "There are too many files here at once. Take some away, then add more."
    return None

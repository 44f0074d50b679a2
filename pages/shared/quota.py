"""How much `st.file_uploader` may hold: whole files in memory, for as long as a session lasts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamlit import runtime

UPLOADED = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+/?$")
SESSION_BYTES = 256 << 20
ALL_BYTES = 2 << 30


def refusal(path: str, claimed: str) -> tuple[int, str] | None:
    """Status and words for a file that may not be sent to Streamlit's uploads; None for one that may, and for all else.

    Args:
        path: Of a PUT.
        claimed: Its header Content-Length, to which the server holds whoever sends.
    """
    found = UPLOADED.search(path)
    return _refusal(found[1], claimed, _held()) if found else None


def _held() -> Mapping[str, Mapping[str, Any]]:
    """The files in memory, by session and id."""
    return getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {}) if runtime.exists() else {}


def _refusal(session: str, claimed: str, held: Mapping[str, Mapping[str, Any]]) -> tuple[int, str] | None:
    if not claimed.isdecimal():
        return 411, "Say how long the file is."
    own, all_ = (sum(len(file.data) for one in some for file in list(one.values()))
                 for some in ([held.get(session, {})], list(held.values())))  # fmt: skip
    if own + int(claimed) > SESSION_BYTES or all_ + int(claimed) > ALL_BYTES:
        return 413, "There are too many files here at once. Take some away, then add more."
    return None

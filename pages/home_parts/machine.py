"""Processors, memory and GPUs, and how busy they are."""

from __future__ import annotations

import streamlit as st

from pages.shared.cached import devices
from pages.shared.messages import count, memory_used, percent, plain

EVERY_SECONDS = 5.0


@st.fragment(run_every=EVERY_SECONDS)
def show() -> None:
    """Draw a bar for each."""
    there = devices()
    cpu = there["cpu"]
    bars = [
        (f"Processor, {count(cpu['cores'] or 1, 'cores', 'core')}", cpu["load_percent"] / 100, None),
        ("Memory", cpu["memory_used_mb"] / cpu["memory_mb"], memory_used(cpu["memory_used_mb"], cpu["memory_mb"])),
    ]
    for gpu in there["gpus"]:
        name = f"GPU {gpu['index']}, {gpu['name']}"
        if gpu["load_percent"] is not None:
            bars.append((name, gpu["load_percent"] / 100, None))
        used, whole = gpu["memory_used_mb"], gpu["memory_mb"]
        if whole:
            bars.append((f"Memory of GPU {gpu['index']}", used / whole, memory_used(used, whole)))
    with st.grid(4, min_column_width=200):
        for name, share, text in bars:
            st.progress(min(max(share, 0.0), 1.0), plain(f"{name}: {text or percent(share, 0)}"))
    if not there["gpus"]:
        st.caption("No NVIDIA GPU was found; training runs on the processor.")

"""What starts with the server: the gate, the pages and the routes behind it, the warm helper, the job supervisor and its warm child.

The script that Streamlit runs for each visitor is pages/shared/navigation.py; docs/architecture.md says why.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import streamlit as st
from starlette.middleware import Middleware

from core.jobs.start import keeps_warm, kept_warm, wake
from core.workspace import Workspace
from core.workspace.sweep import sweep
from pages.shared.gate import Gate
from pages.shared.routes import routes


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Wake what works beside the server, and end what only waits with it. Jobs go on by themselves."""
    from pages.shared.cached import helper  # Streamlit's caches ask for the runtime, which is there from now on

    workspace = Workspace.open()
    await asyncio.to_thread(sweep, workspace)
    await asyncio.to_thread(wake, workspace)
    if keeps_warm():  # else it starts when it is asked
        await asyncio.to_thread(helper().start)
    with kept_warm(workspace):
        yield
    helper().stop()


app = st.App("pages/shared/navigation.py", lifespan=lifespan, routes=routes(), middleware=[Middleware(Gate)])

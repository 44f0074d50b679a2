"""What starts with the server: the gate, the pages and the routes behind it, the warm helper, the job supervisor and its warm child.

The script that Streamlit runs for each visitor is pages/shared/navigation.py; docs/architecture.md says why.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import streamlit as st
from starlette.middleware import Middleware

from core.data.limits import Limits
from core.errors import InputError
from core.evaluate.renaming import finish_renaming
from core.jobs.start import keeps_warm, kept_warm, wake
from core.workspace import Workspace
from core.workspace.sweep import sweep
from pages.shared.gate import Gate
from pages.shared.messages import show_fault
from pages.shared.routes import routes

SWEEP_SECONDS = 3600.0


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Wake what works beside the server, and end what only waits with it. Jobs go on by themselves."""
    from pages.shared.cached import helper  # Streamlit's caches ask for the runtime, which is there from now on

    workspace = Workspace.open()
    await asyncio.to_thread(finish_renaming, workspace)
    await asyncio.to_thread(sweep, workspace)
    await asyncio.to_thread(wake, workspace)
    if keeps_warm():  # else it starts when it is asked
        await asyncio.to_thread(helper().start)
    sweeping = asyncio.create_task(_sweep_now_and_then(workspace))
    with kept_warm(workspace):
        yield
    sweeping.cancel()
    helper().stop()


async def _sweep_now_and_then(workspace: Workspace) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        with contextlib.suppress(OSError):  # a disk that may not be written now; the next time it may
            await asyncio.to_thread(sweep, workspace)


try:  # before a server begins, which would tell of its end with a traceback
    Workspace.open()
    Limits.from_environment()
except InputError as error:
    sys.exit(f"Fovea cannot start. {error}")

app = st.App(
    "pages/shared/navigation.py",
    lifespan=lifespan,
    routes=routes(),
    middleware=[Middleware(Gate)],
    on_script_error=show_fault,
)

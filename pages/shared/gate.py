"""What stands before every request and web socket: only from pages of this very server, under a name of its own.

A name that somebody else's DNS points at this machine, a page of another site, and a frame on one get nothing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.shared import quota

HOSTS = "FOVEA_HOSTS"
SHUT = re.compile(r"/_stcore/metrics/?$")  # what Streamlit counts, for whoever asks
READS = ("GET", "HEAD")
LITERAL = re.compile(r"\[[0-9A-Fa-f:.]+\](:\d+)?")  # an IPv6 address, and nothing behind it but a port
SENT_ALWAYS = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",  # no site can show a picture of a data set as its own
    "X-Content-Type-Options": "nosniff",
}
UNSUPPORTED_DATA, POLICY_VIOLATION = 1003, 1008  # of RFC 6455; before a socket is accepted the server answers 403


class Gate:
    """The middleware. See docs/serving.md for what it lets through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what may not pass, and add to every other answer what a browser must heed."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refused = refusal(scope)
        if scope["type"] == "websocket":
            if refused:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            else:
                await self.app(scope, _of_bytes(receive, send), send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SENT_ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        if refused:
            await refused(scope, receive, send_with_headers)
            return
        on_the_way = quota.on_the_way(scope["path"], Headers(scope=scope).get("content-length", ""))
        with on_the_way, contextlib.suppress(ClientDisconnect):  # nobody is there to be answered
            await self.app(scope, receive, send_with_headers)


def _of_bytes(receive: Receive, send: Send) -> Receive:
    """What a socket receives; one that sends text is closed: Streamlit's pages send bytes, and it raises of any other."""

    async def received() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            await send({"type": "websocket.close", "code": UNSUPPORTED_DATA})
            return {"type": "websocket.disconnect", "code": UNSUPPORTED_DATA}
        return message

    return received


def refusal(scope: Scope) -> PlainTextResponse | None:
    """The answer to a request that may not pass; None for one that may."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    address = _address(host)
    if address is None or len(headers.getlist("host")) > 1:
        return PlainTextResponse("There is no host in this request.", 400)
    name = (address.hostname or "").rstrip(".")
    if not (is_loopback(name) or name in (_listening_at(scope), socket.gethostname().lower(), *hosts())):
        said = (
            f"Fovea does not answer under the name {name}. Start it with {HOSTS}={name} if it is to (docs/serving.md)."
        )
        return PlainTextResponse(said, 403)
    origin = headers.get("origin")
    reads = scope["type"] == "http" and scope["method"] in READS
    if not (reads if origin is None else _is_own(origin, host, scope["scheme"])):
        return PlainTextResponse("This is not allowed from there.", 403)
    if SHUT.search(scope["path"]):
        return PlainTextResponse("There is nothing here.", 404)
    if scope["type"] == "http" and scope["method"] == "PUT":
        too_much = quota.refusal(scope["path"], headers.get("content-length", ""))
        return PlainTextResponse(too_much[1], too_much[0]) if too_much else None
    return None


def hosts() -> list[str]:
    """The names that `FOVEA_HOSTS` lists, by commas."""
    return [name.strip().lower().rstrip(".") for name in os.environ.get(HOSTS, "").split(",") if name.strip()]


def is_loopback(name: str) -> bool:
    """Whether a host's name or address is the machine itself to itself."""
    try:
        return name == "localhost" or ipaddress.ip_address(plain_address(name)).is_loopback
    except ValueError:
        return False


def plain_address(address: str) -> str:
    """An IPv4 address as itself, where a socket of both kinds gives it as IPv6: "::ffff:127.0.0.1" is "127.0.0.1"."""
    try:
        return str(ipaddress.IPv6Address(address).ipv4_mapped or address)
    except ValueError:
        return address


def _address(host: str) -> SplitResult | None:
    """A Host header taken apart; None where it is none."""
    try:
        address = urlsplit(f"//{host}")
        _ = address.port
    except ValueError:
        return None
    is_host = address.netloc == host and address.hostname and "@" not in host
    is_whole = not host.startswith("[") or LITERAL.fullmatch(host) is not None
    return address if is_host and is_whole else None


def _listening_at(scope: Scope) -> str:
    """The address of this machine that the connection came in at."""
    return plain_address(str((scope.get("server") or ("",))[0]))


def _is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether `origin` is that of the server's own pages. In front of plain HTTP there may be a proxy with TLS."""
    try:
        site = urlsplit(origin)
    except ValueError:
        return False
    schemes = ("https",) if scheme in ("https", "wss") else ("http", "https")
    return site.scheme in schemes and site.netloc.lower() == host.lower()

"""Start the desk: bind, print the way in, answer until interrupted."""

import ipaddress
import socket
import webbrowser
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import psutil
import uvicorn

from preceptor.core import InputError
from preceptor.desk.connections import WatchedConnection
from preceptor.desk.desk_app import make_app
from preceptor.desk.guard import named
from preceptor.desk.own_views import OwnHook, OwnViews
from preceptor.people import Studies, access, persons

FIRST_PORT: Final = 8420
TRIES: Final = 50
BACKLOG: Final = 64
"""So many connections are taken at a time; asyncio tries each of them, even out of descriptors."""

BUSY_SECONDS: Final = 5.0
"""How long the desk waits for another process's transaction; its pages then try again."""


def serve(
    studies: Studies,
    owner: str,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    url: str | None = None,
    open_page: bool = False,
    hooks: tuple[OwnHook, ...] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Answer at ``host`` and ``port`` until interrupted.

    Args:
        studies: what is answered.
        owner: name of whoever starts it, beside whose answers it stands.
        host: the address to bind; others than loopback are reached from the network, and
            ``0.0.0.0`` or ``::`` under every address of this machine.
        port: the first free one from 8420 unless given.
        url: how people reach it, such as ``https://desk.example.org``, if a proxy stands before it
            or it has a name. Only then is a proxy believed about who asks.
        open_page: whether to open the link in a browser.
        hooks: the user's own functions that show inputs; each is tried on the first question before
            anybody is asked.
        say: prints a line.

    Raises:
        InputError: the address is no address, or taken; or no such URL; or a function cannot show the
            first question of its study.
    """
    views = OwnViews(hooks, say)
    views.try_first(studies)
    known = None if url is None else origin(url)
    listener = bind(host, port)
    listener.listen(BACKLOG)  # whoever opens the link before the first answer can be given, waits
    places = addresses(host, listener.getsockname()[1])
    base = known or f"http://{places[0]}"
    with studies.database.write() as db:
        who, new = access.take_over(db, owner, studies.database.name)
        link = f"{base}/in#{persons.invite(db, who)}"
    if new:
        say(new)
    if not is_loopback(host):
        say(f"CAREFUL: this desk listens on {host} and can be reached from the network.")
        if known is None:
            for place in places:
                say(f"  It is reached at http://{place}")
            say("  It answers under no other name; --url http://NAME:PORT gives it one.")
        if not base.startswith("https://"):
            say("  Without https, whoever can listen to the network can read answers and sign in.")
    say(f"Desk for {owner}, this link works once:\n\n  {link}\n\nCtrl+C ends it.")
    if open_page:
        webbrowser.open(link)
    app = make_app(
        studies,
        frozenset({*places, base.partition("://")[2]}),
        secure=base.startswith("https://"),
        own=ipaddress.ip_address(host).is_unspecified,
        views=views,
    )
    config = uvicorn.Config(
        app,
        http=WatchedConnection,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=known is not None,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=[listener])


def bind(host: str, port: int | None) -> socket.socket:
    """A listening socket.

    Raises:
        InputError: the address is no address, or taken.
    """
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
    except ValueError as error:
        raise InputError(f"--host {host}: expected an IP address, such as 127.0.0.1") from error
    ports = [port] if port is not None else range(FIRST_PORT, FIRST_PORT + TRIES)
    problem = ""
    for number in ports:
        # asyncio switches off Nagle's algorithm only where the protocol is named; with it, every
        # reply waits for the browser's delayed acknowledgement, 40 ms
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
        except OSError as error:
            listener.close()
            problem = error.strerror or str(error)
            continue
        return listener
    raise InputError(f"cannot listen on {host} port {ports[0]}: {problem}; give another --port")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    return ipaddress.ip_address(host).is_loopback


def addresses(host: str, port: int) -> list[str]:
    """Where a desk that listens on an address is reached, as it stands in URLs.

    ``0.0.0.0`` and ``::`` mean every address that this machine has now, those that the network
    reaches before those that only it reaches itself. Link-local ones of IPv6 are left out: no
    browser takes them.
    """
    bound = ipaddress.ip_address(host)
    found = [bound]
    if bound.is_unspecified:
        both = bound.version == 6  # such a socket takes both
        have = [
            ipaddress.ip_address(one.address.partition("%")[0])
            for card in psutil.net_if_addrs().values()
            for one in card
            if one.family in (socket.AF_INET, socket.AF_INET6)
        ]
        usable = [one for one in have if one.version == 4 or (both and not one.is_link_local)]
        found = sorted(dict.fromkeys(usable), key=lambda one: (one.is_loopback, one.version))
    places = [named(one, port) for one in found]
    if any(one.is_loopback for one in found):
        places.append("localhost" if port == 80 else f"localhost:{port}")
    return places or [f"localhost:{port}"]


def origin(url: str) -> str:
    """The origin of a URL, as browsers write it.

    Raises:
        InputError: no URL of http or https, or it has more than a host and a port.
    """
    try:
        parts = urlsplit(url.strip().lower())
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not host or more:
        raise InputError(
            f"--url {url}: expected where people reach the desk, such as https://desk.example.org "
            "or http://192.0.2.7:8420, with nothing behind it: a desk has a name of its own"
        )
    name = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{name}" + ("" if port in (None, usual) else f":{port}")

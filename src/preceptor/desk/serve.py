"""Start the desk: bind, print the way in, answer until interrupted."""

import ipaddress
import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from preceptor.core import InputError
from preceptor.desk.app import make_app
from preceptor.people import Studies, persons

FIRST_PORT = 8420
TRIES = 50
BACKLOG = 256


def serve(
    studies: Studies,
    owner: str,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    url: str | None = None,
    open_page: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Answer at ``host`` and ``port`` until interrupted.

    Args:
        studies: what is answered.
        owner: name of whoever starts it, beside whose answers it stands.
        host: the address to bind; others than loopback are reached from the network.
        port: the first free one from 8420 unless given.
        url: how people reach it, such as ``https://desk.example.org``, if a proxy stands before it.
        open_page: whether to open the link in a browser.
        say: prints a line.

    Raises:
        InputError: the address is no address, or taken.
    """
    listener = bind(host, port)
    listener.listen(BACKLOG)  # whoever opens the link before the first answer can be given, waits
    here = address(host, listener.getsockname()[1])
    base = (url or f"http://{here}").rstrip("/")
    with studies.database.write() as db:
        link = f"{base}/in#{persons.invite(db, persons.enroll(db, owner, 'owner'))}"
    hosts = {here, base.partition("://")[2].lower()}
    if is_loopback(host):
        hosts.add(f"localhost:{listener.getsockname()[1]}")
    else:
        say(f"CAREFUL: this desk listens on {host} and can be reached from the network.")
        if not base.startswith("https://"):
            say("  Without https, whoever can listen to the network can read answers and sign in.")
    say(f"Desk for {owner}, this link works once:\n\n  {link}\n\nCtrl+C ends it.")
    if open_page:
        webbrowser.open(link)
    app = make_app(studies, frozenset(hosts), secure=base.startswith("https://"))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, lifespan="off"
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


def address(host: str, port: int) -> str:
    """Host and port as they stand in a URL; an address that means all is reached by loopback."""
    found = ipaddress.ip_address(host)
    if found.is_unspecified:
        return f"localhost:{port}"
    return f"[{found}]:{port}" if found.version == 6 else f"{found}:{port}"

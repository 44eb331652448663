"""The web servers of the lab's load balancers, on 127.0.0.1, and their visits to containers.

One event loop in a thread of its own serves them all. Where a request goes it is told, by
``route``; it knows HTTP and nothing of hosts, target groups and health.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecs_tutorial.data_plane.forwarding import (
    LARGEST_BODY,
    PATIENCE,
    Answer,
    Headers,
    Message,
    Way,
    passed_out,
)
from ecs_tutorial.data_plane.listener_rules import VISITOR, Asked

if TYPE_CHECKING:
    from aiohttp import ClientSession, web

OF_LOAD_BALANCER = ("x-forwarded-for", "x-forwarded-port", "x-forwarded-proto")
CLOSING_SECONDS = 2.0


@dataclass(frozen=True)
class Forward:
    """Pass the request on to the container behind this loopback port."""

    loopback_port: int


Route = Callable[[Asked], Forward | Answer]
Done = Callable[[int | Exception], None]


class BalancerServers:
    """One server for each listener; the thread begins with the first of them."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runners: list[web.AppRunner] = []
        self._client: ClientSession | None = None

    def listen(self, site: str, port: int, route: Route) -> int:
        """Serve a listener in the name of ``site``; gives the loopback port."""
        return self._run(self._listen(_Listening(self, site, port, route)))

    def visit(self, port: int, path: str, seconds: float, done: Done) -> None:
        """GET a path of a container; ``done`` gets the status or what went wrong, in the thread."""
        asyncio.run_coroutine_threadsafe(self._visit(port, path, seconds, done), self._running())

    def close(self) -> None:
        """Close every server and wait for it."""
        if self._loop is None or self._thread is None:
            return
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = self._thread = None

    # --- the thread --------------------------------------------------------------

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="load balancers", daemon=True
            )
            self._thread.start()
        return self._loop

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._running()).result()

    # --- in the event loop ---------------------------------------------------------

    async def _listen(self, listening: _Listening) -> int:
        from aiohttp import web

        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_route("*", "/{path:.*}", listening.answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=CLOSING_SECONDS)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runners.append(runner)
        return int(runner.addresses[0][1])

    async def _close(self) -> None:
        runners, self._runners = self._runners, []
        await asyncio.gather(*(runner.cleanup() for runner in runners))
        if self._client:
            await self._client.close()
            self._client = None

    async def client(self) -> ClientSession:
        """Each visit has a connection of its own: one that is kept may be closed unseen."""
        from aiohttp import ClientSession, DummyCookieJar, TCPConnector

        if self._client is None:
            self._client = ClientSession(
                connector=TCPConnector(force_close=True, limit=0),
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._client

    async def _visit(self, port: int, path: str, seconds: float, done: Done) -> None:
        from aiohttp import ClientError

        found: int | Exception
        try:
            client = await self.client()
            headers = {"User-Agent": "ELB-HealthChecker/2.0"}
            async with (
                asyncio.timeout(seconds),
                client.get(
                    f"http://127.0.0.1:{port}{path}", headers=headers, allow_redirects=False
                ) as answer,
            ):
                found = answer.status
        except (ClientError, OSError) as error:
            found = error
        await asyncio.to_thread(done, found)


class _Listening:
    """A listener at work."""

    def __init__(self, servers: BalancerServers, site: str, port: int, route: Route) -> None:
        self._servers = servers
        self._site = site if port == 80 else f"{site}:{port}"
        self._port = port
        self._route = route

    async def answer(self, request: web.Request) -> web.Response:
        headers = tuple(request.headers.items())
        asked = Asked(
            request.method,
            request.headers.get("Host", ""),
            request.raw_path,
            {name.lower(): value for name, value in headers},
        )
        # The route is found under the lab's lock, for which the event loop must not wait.
        found = await asyncio.to_thread(self._route, asked)
        if isinstance(found, Forward):
            message = Message(headers, await request.read())
            found = await self._forward(found.loopback_port, asked, message)
        return _response(found)

    async def _forward(self, port: int, asked: Asked, message: Message) -> Answer:
        from aiohttp import ClientError, ClientTimeout
        from yarl import URL

        way = Way.of(self._site, message.headers)
        inwards = way.request(message)
        path = way.inwards(asked.target.encode()).decode()
        client = await self._servers.client()
        try:
            async with client.request(
                asked.method,
                URL(f"http://127.0.0.1:{port}{path}", encoded=True),
                headers=[*inwards.headers, *self._added()],
                data=inwards.body or None,
                allow_redirects=False,
                timeout=ClientTimeout(total=PATIENCE),
            ) as got:
                body = await got.read()
                kept = tuple((k, v) for k, v in got.headers.items() if passed_out(k))
                return Answer(got.status, way.answer(Message(kept, body)))
        except TimeoutError:
            return own_answer(504, "Gateway Time-out")
        except (ClientError, OSError):
            return own_answer(502, "Bad Gateway")

    def _added(self) -> Headers:
        values = (VISITOR, str(self._port), "http")
        return tuple(zip(OF_LOAD_BALANCER, values, strict=True))


def _response(answer: Answer) -> web.Response:
    from aiohttp import web
    from multidict import CIMultiDict

    headers = CIMultiDict(
        (name, value) for name, value in answer.message.headers if name.lower() != "content-length"
    )
    return web.Response(status=answer.status, headers=headers, body=answer.message.body)


def own_answer(status: int, phrase: str, headers: Headers = ()) -> Answer:
    """An error in the load balancer's own words."""
    title = f"{status} {phrase}"
    lines = (
        "<html>",
        f"<head><title>{title}</title></head>",
        "<body>",
        f"<center><h1>{title}</h1></center>",
        "</body>",
        "</html>",
        "",
    )
    kind = (("Server", "awselb/2.0"), ("Content-Type", "text/html"))
    return Answer(status, Message((*kind, *headers), "\r\n".join(lines).encode()))

"""A web server on the loopback, scripted by the test: for code that fetches."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says, after `delay` seconds."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    delay: float = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came in; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class LoopbackServer:
    """Answers every path with what `answers` holds for it (404 otherwise) and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Asked], Answer]] = {}
        self.asked: list[Asked] = []
        self.port = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """The address of `path`."""
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = (line.partition(":") for line in head[1:] if line)
            method, path, _version = head[0].split(" ")
            sent = {name.lower(): value.strip() for name, _, value in fields}
            body = await reader.readexactly(int(sent.get("content-length", 0)))
            asked = Asked(method=method, path=path, headers=sent, body=body)
            self.asked.append(asked)
            found = self.answers.get(asked.path, Answer(status=404))
            answer = found(asked) if callable(found) else found
            await asyncio.sleep(answer.delay)
            headers = {"content-length": str(len(answer.body)), **answer.headers}
            lines = [f"HTTP/1.1 {answer.status} -", "connection: close"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the other side hung up, as some tests want it to
        finally:
            writer.close()


@asynccontextmanager
async def loopback_server() -> AsyncIterator[LoopbackServer]:
    """A server on a free port, until the end of the block."""
    web = LoopbackServer()
    handlers: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[None]:
        task = asyncio.ensure_future(web.serve(reader, writer))
        handlers.add(task)
        task.add_done_callback(handlers.discard)
        return task

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        for task in handlers:
            task.cancel()

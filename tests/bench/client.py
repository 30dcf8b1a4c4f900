"""A small HTTP/1.1 client that costs little: sixteen connections kept alive, one request at a time on each."""

import asyncio
import time
from itertools import count

import msgspec


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One measure: requests per second, and seconds per request at the median and at the 95th percentile."""

    per_second: float
    p50: float
    p95: float


def summary(times, elapsed):
    """The sample of these durations in seconds, gathered in `elapsed` seconds."""
    ordered = sorted(times)
    return Sample(
        per_second=len(ordered) / elapsed,
        p50=ordered[len(ordered) // 2],
        p95=ordered[int(len(ordered) * 0.95)],
    )


async def ask(reader, writer, request):
    """Sends one request and reads the whole answer; returns its status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
    else:
        while size := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return status


async def repeat(port, path, seconds, *, clients=16):
    """GETs `path` from so many clients for so long. Raises when an answer is not 200."""
    request = (
        f"GET {path} HTTP/1.1\r\nhost: bench\r\naccept: text/html,application/json\r\n\r\n".encode()
    )
    times = []
    end = time.perf_counter() + seconds

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        while (started := time.perf_counter()) < end:
            status = await ask(reader, writer, request)
            assert status == 200, f"{path}: {status}"
            times.append(time.perf_counter() - started)
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    return summary(times, time.perf_counter() - started)


async def post_all(port, path, bodies, *, clients=16):
    """POSTs each JSON body once, from so many clients, each body from an address of its own. Raises unless 201."""
    times = []
    waiting = iter(bodies)
    numbers = count()

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        for body in waiting:
            number = next(numbers)
            head = (
                f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
                f"x-forwarded-for: 10.1.{number // 250}.{number % 250 + 1}\r\n"
                f"idempotency-key: bench-booking-{number:06d}\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            started = time.perf_counter()
            status = await ask(reader, writer, head.encode() + body)
            assert status == 201, f"{path}: {status}"
            times.append(time.perf_counter() - started)
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    return summary(times, time.perf_counter() - started)

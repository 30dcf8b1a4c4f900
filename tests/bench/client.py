"""A small HTTP/1.1 client that costs little: sixteen connections kept alive, one request at a time on each."""

import asyncio
import time
from collections import Counter
from itertools import count, cycle

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


async def repeat(port, paths, seconds, *, clients=16):
    """GETs `paths`, one after the other and over again, from so many clients for so long. Raises when an answer is not 200."""
    head = "GET {} HTTP/1.1\r\nhost: bench\r\naccept: text/html,application/json\r\n\r\n"
    requests = cycle([head.format(path).encode() for path in paths])
    times = []
    end = time.perf_counter() + seconds

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        while (started := time.perf_counter()) < end:
            request = next(requests)
            status = await ask(reader, writer, request)
            assert status == 200, f"{request}: {status}"
            times.append(time.perf_counter() - started)
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(clients)))
    return summary(times, time.perf_counter() - started)


async def post_all(ports, path, bodies, *, run, clients=16):
    """POSTs each JSON body once, from so many clients over these ports, each body from an address of its own.

    `run` is part of the idempotency keys.

    Returns the sample and how often each status came.
    """
    times, statuses = [], Counter()
    waiting = iter(bodies)
    numbers = count()

    async def one(port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        for body in waiting:
            number = next(numbers)
            head = (
                f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
                f"x-forwarded-for: 10.{number // 62500 + 1}.{number // 250 % 250}.{number % 250 + 1}\r\n"
                f"idempotency-key: {run:->20}-{number:06d}\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            started = time.perf_counter()
            statuses[await ask(reader, writer, head.encode() + body)] += 1
            times.append(time.perf_counter() - started)
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(one(ports[number % len(ports)]) for number in range(clients)))
    return summary(times, time.perf_counter() - started), statuses

"""Throttling: attempts counted in the database, so that the limit is one for every process of the platform."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

from litestar import Request
from litestar.exceptions import TooManyRequestsException

from core.platform import Platform

_BY = 10
_MOST_KEYS = 20_000


async def check(platform: Platform, key: str, limit: int, window_seconds: int) -> None:
    """Counts one attempt under `key`; above `limit` in the present window, refuses.

    The key is kept hashed: it often holds an address. Call it outside a transaction, or a rollback forgets the
    attempt. Raises `TooManyRequestsException` (429, with `Retry-After` in seconds).
    """
    await _count(platform, key, 1, limit, window_seconds)


async def check_roughly(platform: Platform, key: str, limit: int, window_seconds: int) -> None:
    """The same for generous limits on what is done all day long: each process tells the others every tenth attempt only."""
    start, count = platform.attempts.get(key, (0.0, 0))
    now = platform.clock.now().timestamp()
    if start != now - now % window_seconds:
        start, count = now - now % window_seconds, 0
    if len(platform.attempts) >= _MOST_KEYS:
        platform.attempts.clear()
    platform.attempts[key] = (start, count + 1)
    if (count + 1) % _BY == 0:
        try:
            await _count(platform, key, _BY, limit, window_seconds)
        except TooManyRequestsException:
            platform.attempts[key] = (start, count)  # the next one asks again, and is refused too
            raise


async def _count(
    platform: Platform, key: str, attempts: int, limit: int, window_seconds: int
) -> None:
    now = platform.clock.now().timestamp()
    start = now - now % window_seconds
    count = await platform.db.fetch_value(
        # A count that a power cut forgets harms nobody: it need not wait for the disk.
        "WITH unhurried AS (SELECT set_config('synchronous_commit', 'off', true))"
        " INSERT INTO rate_count (key, window_start, count) SELECT $1, $2, $3 FROM unhurried"
        " ON CONFLICT (key, window_start) DO UPDATE SET count = rate_count.count + $3 RETURNING count",
        hashlib.sha256(key.encode()).hexdigest(),
        datetime.fromtimestamp(start, UTC),
        attempts,
    )
    if count > limit:
        wait = int(start + window_seconds - now) + 1
        raise TooManyRequestsException(
            f"at most {limit} attempts every {window_seconds} s", headers={"retry-after": str(wait)}
        )


def address_of(request: Request[Any, Any, Any]) -> str:
    """The asker's address: the connection's, or the last one that no trusted proxy of ours added."""
    platform: Platform = request.app.state.platform
    trusted = platform.settings.server.trusted_proxies
    address = request.client.host if request.client else ""
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",")]
    while _is_ours(address, trusted) and hops and hops[-1]:
        address = hops.pop()
    return address


@lru_cache(4096)
def _is_ours(text: str, trusted: tuple[str, ...]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in ip_network(network) for network in trusted)

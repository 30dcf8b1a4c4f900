"""Outbound requests to addresses that people gave: public hosts only, bounded in time and size."""

from collections.abc import Mapping

from core.contracts.context import FetchedPage, OutboundError


async def fetch(
    url: str, *, headers: Mapping[str, str], max_bytes: int, timeout_seconds: float
) -> FetchedPage:
    """GET of a public address. Raises `OutboundError` with a French reason."""
    raise OutboundError("non disponible")

"""The accounts of the whole network, for the coordination: who may sign in, and how well it is protected."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.platform import Platform

PAGE = 50


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who may sign in, or is invited to."""

    account_id: UUID
    name: str
    email: str
    region_role: str | None
    structures: tuple[str, ...]
    has_password: bool
    factor_since: datetime | None
    seen_at: datetime | None


_PEOPLE = """
    FROM account a LEFT JOIN account_factor f ON f.account = a.id
    WHERE a.disabled_at IS NULL AND ($1 = '' OR strpos(fold(a.name || ' ' || a.email), fold($1)) > 0)
"""


async def list_people(platform: Platform, sought: str, number: int) -> tuple[Sequence[Person], int]:
    """Page `number` (from 1) of those whose name or address contains `sought`, the coordination first; and how many there are."""
    found = await platform.db.structs(
        Person,
        f"""
        SELECT a.id AS account_id, a.name, a.email, a.region_role, a.password_hash IS NOT NULL AS has_password,
            f.since AS factor_since, (SELECT max(seen_at) FROM session s WHERE s.account = a.id) AS seen_at,
            ARRAY(SELECT s.name FROM membership m JOIN structure s ON s.id = m.structure
                WHERE m.account = a.id AND m.accepted_at IS NOT NULL AND m.ended_at IS NULL ORDER BY s.name) AS structures
        {_PEOPLE} ORDER BY a.region_role IS NULL, fold(a.name), a.id LIMIT $2 OFFSET $3
        """,  # noqa: S608 - a constant of ours
        sought,
        PAGE,
        (number - 1) * PAGE,
    )
    total: int = await platform.db.fetch_value(f"SELECT count(*) {_PEOPLE}", sought)
    return found, total

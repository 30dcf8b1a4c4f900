"""What has just become possible: sheets that were published lately, and calls that open. For advisors, to think of someone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import msgspec

from core.catalogue import service as catalogue
from core.contracts.matching import Programme
from core.platform import Platform

_LATELY = timedelta(days=60)


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet and what is new about it: published or changed, a call that opens this month, or the next."""

    programme: Programme
    why: Literal["published", "changed", "opens", "opens_next"]


async def list_occasions(platform: Platform) -> Sequence[Occasion]:
    """The published sheets about which something is new, what was published first, then what opens; by title."""
    now = platform.clock.now()
    month = now.astimezone(platform.zone).month
    fresh = await platform.db.fetch(
        "SELECT p.id, p.version > 1 AND v.created_at > $1 AS changed FROM programme p"
        " JOIN programme_version v ON v.programme = p.id AND v.version = p.version"
        " WHERE p.status = 'published' AND ((p.version > 1 AND v.created_at > $1) OR EXISTS"
        "  (SELECT FROM audit a WHERE a.action = 'programme.status' AND a.object = p.id AND a.at > $1"
        "   AND a.detail ->> 'after' = 'published'))",
        now - _LATELY,
    )
    changed = {row["id"]: row["changed"] for row in fresh}
    found: list[Occasion] = []
    for programme in await catalogue.published(platform):
        if programme.id in changed:
            why: Literal["published", "changed"] = (
                "changed" if changed[programme.id] else "published"
            )
            found.append(Occasion(programme=programme, why=why))
        elif opens(programme, month):
            found.append(Occasion(programme=programme, why="opens"))
        elif opens(programme, month % 12 + 1):
            found.append(Occasion(programme=programme, why="opens_next"))
    order = ("published", "changed", "opens", "opens_next")
    return sorted(found, key=lambda one: (order.index(one.why), one.programme.title_fr))


def opens(programme: Programme, month: int) -> bool:
    """Whether a campaign begins in this month of the year."""
    months = programme.application_months
    if programme.application_mode == "rolling" or len(months) == 12:
        return False
    return month in months and (month - 2) % 12 + 1 not in months

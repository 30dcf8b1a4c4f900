"""The free starts closest to one that was lost."""

from datetime import datetime
from functools import partial

from core.booking.search import BOOKABLE, Choice, Sought, bookable_terms, channel_keys
from core.platform import Platform


async def nearest(
    platform: Platform, sought: Sought, around: datetime, limit: int = 5
) -> list[Choice]:
    """Free starts closest to `around`: those of the same structure first, then elsewhere within a week.

    Elsewhere means the closest sites for an interview in person, the closest hours otherwise.
    """
    return await platform.memory.get(
        ("nearest", sought, around, limit), partial(_nearest, platform, sought, around, limit)
    )


async def _nearest(
    platform: Platform, sought: Sought, around: datetime, limit: int
) -> list[Choice]:
    found = await _closest(platform, sought, around, limit, _HERE)
    if len(found) < limit:
        elsewhere = _CLOSE_SITES if sought.mode == "in_person" else _CLOSE_HOURS
        found += await _closest(platform, sought, around, limit - len(found), elsewhere)
    return found


def _both_sides(where: str, most: int) -> str:
    """The first bookable slots after the hour, and the last before it: a few steps into an index each."""

    def side(bound: str, order: str) -> str:
        return f"""(
            SELECT s.* FROM slot s JOIN structure st ON st.id = s.structure
            WHERE {where} AND s.starts_at {bound} AND s.starts_at IS DISTINCT FROM $12::timestamptz AND {BOOKABLE}
            ORDER BY s.starts_at {order} LIMIT {most}
        )"""  # noqa: S608 - the pieces are ours

    return f"({side('>= $7', 'ASC')} UNION ALL {side('< $7', 'DESC')}) s"


_WEEK = "s.starts_at BETWEEN $7::timestamptz - interval '7 days' AND $7 + interval '7 days'"
_NO_PLACE = "(SELECT 0::float8 AS away) place"
_HERE = f"{_NO_PLACE}, LATERAL {_both_sides('s.structure = $6', 20)}"
_CLOSE_HOURS = f"{_NO_PLACE}, LATERAL {_both_sides(f's.structure <> $6 AND {_WEEK}', 40)}"
_CLOSE_SITES = f"""
    (SELECT other.id, (other.lat - asked.lat) ^ 2 + ((other.lon - asked.lon) * cos(radians(asked.lat))) ^ 2 AS away
        FROM site asked JOIN site other ON other.is_enabled AND other.structure <> $6
        WHERE asked.id = $9 ORDER BY away LIMIT 12) place,
    LATERAL {_both_sides(f"s.site = place.id AND {_WEEK}", 2)}"""  # noqa: S608 - the pieces are ours


async def _closest(
    platform: Platform, sought: Sought, around: datetime, limit: int, slots: str
) -> list[Choice]:
    sql = f"""
        SELECT * FROM (
            SELECT DISTINCT ON (s.structure, s.starts_at, site.id) s.structure AS structure_id, st.slug,
                st.name AS structure, s.starts_at, site.id AS site_id, coalesce(site.name, '') AS site,
                coalesce(site.city, '') AS city, $11::text AS mode, place.away
            FROM {slots} JOIN structure st ON st.id = s.structure
            LEFT JOIN site ON site.id = s.site AND $10::boolean
            WHERE $9::uuid IS NULL OR true  -- gives $9 its type where no site is looked around
        ) one ORDER BY away, abs(extract(epoch FROM starts_at - $7::timestamptz)), starts_at, structure_id LIMIT $8
    """  # noqa: S608 - the pieces are ours
    return await platform.db.structs(
        Choice,
        sql,
        *bookable_terms(platform, channel_keys(platform, sought.mode)),
        sought.structure_id,
        around,
        limit,
        sought.site_id,
        sought.mode == "in_person",
        sought.mode,
        sought.but,
    )

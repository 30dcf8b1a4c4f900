"""Where people are received next: each place with its first free starts, the nearest or the soonest first.

What is read from the database is the same for everyone who asks for the same moment; only the order is each reader's own, and it is
worked out on columns.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt

from core.booking.search import BOOKABLE, Choice, mode_terms
from core.booking.when import ANY_TIME, When, narrow
from core.contracts.booking import ChannelMode
from core.platform import Platform

Sort = Literal["soonest", "nearest"]
Numbers = npt.NDArray[np.float64]
Spot = tuple[float, float]
_EARTH_KM = 6371


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The next distinct starts of one site (in person) or of one structure (video, phone), at most three."""

    structure_id: UUID
    slug: str
    structure: str
    department: str
    starts: tuple[datetime, ...]
    site_id: UUID | None = None
    site: str = ""
    address: str = ""
    city: str = ""
    lat: float | None = None
    lon: float | None = None
    distance_km: float | None = None


class Offers(msgspec.Struct, frozen=True, kw_only=True, eq=False):  # noqa: PLW1641 - compared, never a key
    """What one may choose among, by name, and what it is sorted by, a row each: spot (degrees, NaN when unknown), first start
    (seconds, infinite when there is none).
    """

    mode: ChannelMode
    offers: Sequence[Offer]
    spots: Numbers
    first: Numbers

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Offers) and self.offers == other.offers

    def ordered(self, around: Spot | None = None, sort: Sort = "soonest") -> list[Offer]:
        """As one reader sees them: places without a free start last. `around` is (latitude, longitude) in degrees."""
        located = around is not None and self.mode == "in_person"
        km = (
            distances_km(around, self.spots)
            if around is not None and located
            else np.full(len(self.offers), np.inf)
        )
        by = (self.first, km) if sort == "nearest" else (km, self.first)
        order = np.lexsort((*by, np.isinf(self.first))).tolist()
        if not located:
            return [self.offers[n] for n in order]
        return [
            msgspec.structs.replace(self.offers[n], distance_km=far)
            for n, far in zip(order, km[order].tolist(), strict=True)
            if far == far  # noqa: PLR0124 - not NaN: a place that nobody located is near nothing
        ]


async def read_offers(
    platform: Platform, mode: ChannelMode, *, department: str = "", when: When = ANY_TIME
) -> Offers:
    """Each site (or structure, when one need not come) with its next starts. One query, remembered for a moment."""
    return await platform.memory.get(
        ("offers", mode, department, when),
        partial(_read_offers, platform, mode, department, when),
    )


async def _read_offers(
    platform: Platform, mode: ChannelMode, department: str, when: When
) -> Offers:
    in_person = mode == "in_person"
    place = "s.site = site.id" if in_person else "s.structure = st.id"
    columns = (
        "site.id AS site_id, site.name AS site, site.address, site.city, site.lat, site.lon,"
        " site.department"
        if in_person
        else "st.department"
    )
    join = "JOIN site ON site.structure = st.id AND site.is_enabled" if in_person else ""
    arguments: list[object] = [*mode_terms(platform, mode), department]
    suits = narrow(when, arguments)

    def following(start: str) -> str:
        """The first free start after another: three steps into an index, however many slots there are."""
        return f"""
            SELECT s.starts_at FROM slot s WHERE {place} AND s.starts_at > {start} AND {BOOKABLE}{suits}
            ORDER BY s.starts_at LIMIT 1
        """  # noqa: S608 - the pieces are ours

    offers = await platform.db.structs(
        Offer,
        f"""
        SELECT st.id AS structure_id, st.slug, st.name AS structure, {columns},
            array_remove(ARRAY[first.starts_at, second.starts_at, third.starts_at], NULL) AS starts
        FROM structure st {join}
        LEFT JOIN LATERAL ({following("'-infinity'")}) first ON true
        LEFT JOIN LATERAL ({following("first.starts_at")}) second ON true
        LEFT JOIN LATERAL ({following("second.starts_at")}) third ON true
        WHERE st.status = 'active' AND $6 IN ('', {"site" if in_person else "st"}.department)
        """,  # noqa: S608 - the pieces are ours
        *arguments,
    )
    offers.sort(key=lambda offer: (offer.structure, offer.site))
    unknown = float("nan")
    return Offers(
        mode=mode,
        offers=offers,
        spots=np.array(
            [
                (offer.lat, offer.lon)
                if offer.lat is not None and offer.lon is not None
                else (unknown, unknown)
                for offer in offers
            ]
        ).reshape(-1, 2),
        first=np.array(
            [offer.starts[0].timestamp() if offer.starts else np.inf for offer in offers]
        ),
    )


def earliest(offers: Sequence[Offer], mode: ChannelMode, limit: int) -> list[Choice]:
    """The earliest distinct starts over several offers, whichever structure holds them."""
    by_start: dict[datetime, Choice] = {}
    for offer in offers:
        for start in offer.starts:
            by_start.setdefault(
                start,
                Choice(
                    structure_id=offer.structure_id,
                    slug=offer.slug,
                    structure=offer.structure,
                    starts_at=start,
                    mode=mode,
                    site_id=offer.site_id,
                    site=offer.site,
                    city=offer.city,
                ),
            )
    return [by_start[start] for start in sorted(by_start)][:limit]


def distances_km(here: Spot, spots: Numbers) -> Numbers:
    """Great-circle distances in kilometres from a (latitude, longitude) in degrees to each row of `spots` (n, 2), by the haversine
    formula; NaN where a spot is unknown.
    """
    lat, lon = np.radians(here)
    lats, lons = np.radians(spots).T
    chord = (
        np.sin((lats - lat) / 2) ** 2 + np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
    )
    found: Numbers = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, chord)))
    return found


def distance_km(here: Spot, there: Spot) -> float:
    """Great-circle distance between two (latitude, longitude) points in degrees, in kilometres."""
    return float(distances_km(here, np.array([there]))[0])

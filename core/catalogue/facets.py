"""The facets of the public catalogue: what a reader may narrow, and how many sheets each choice would leave. Pure.

What a sheet does not tell never excludes it: it stays, behind those that do tell.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from core.catalogue import taxonomy
from core.catalogue.windows import read_window
from core.contracts.matching import Programme


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader narrows the catalogue by; ids are those of the taxonomy. Empty values narrow nothing."""

    domain: str = ""
    zone: str = ""
    status: str = ""
    duration: str = ""
    cost: str = ""
    age: Annotated[int, Meta(ge=10, le=99)] | None = None
    open_now: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The sheets that a wish leaves, in the order given but those that tell all first; and for each facet, how many sheets each
    choice would leave, the other facets kept.
    """

    programmes: tuple[Programme, ...]
    counts: Mapping[str, Mapping[str, int]]


Choices = Collection[str] | None
"""Under which choices of a facet a sheet is found; None when the sheet does not tell."""


def _domains(programme: Programme) -> Choices:
    return programme.domains or None


def _zones(programme: Programme) -> Choices:
    zones = programme.zones
    if "monde" in zones:  # the world is abroad: France only when it is said
        return [zone for zone in taxonomy.entries("zones") if zone != "france" or zone in zones]
    return zones or None


def _statuses(programme: Programme) -> Choices:
    if "tous" in programme.statuses:
        return _every("status")
    return programme.statuses or None


def _durations(programme: Programme) -> Choices:
    """Every band that shares a length with the sheet's."""
    least, most = programme.duration_min_weeks, programme.duration_max_weeks
    if least is None and most is None:
        return None
    least, most = least or 0, most if most is not None else 10_000
    return [
        band.id
        for band in taxonomy.entries("durations").values()
        if band.min_weeks <= most and (band.max_weeks is None or least <= band.max_weeks)
    ]


def _costs(programme: Programme) -> Choices:
    """« Au plus »: a cheap sheet is found under each dearer band."""
    if programme.budget_band is None:
        return None
    bands = list(taxonomy.entries("budget_bands"))
    return bands[bands.index(programme.budget_band) :]


FACETS: Mapping[str, Callable[[Programme], Choices]] = {
    "domain": _domains,
    "zone": _zones,
    "status": _statuses,
    "duration": _durations,
    "cost": _costs,
}


def find(programmes: Sequence[Programme], wish: Wish, today: date) -> Found:
    """Narrows the sheets. `today` says which application windows are open."""
    kept: list[tuple[bool, Programme]] = []
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for programme in programmes:
        told = [
            _suits_age(programme, wish.age),
            _is_open(programme, today) if wish.open_now else True,
        ]
        if False in told:
            continue
        choices = {facet: of(programme) for facet, of in FACETS.items()}
        outside = []
        for facet, found in choices.items():
            wanted = getattr(wish, facet)
            if wanted and found is None:
                told.append(None)
            elif wanted and found is not None and wanted not in found:
                outside.append(facet)
        for facet in outside if len(outside) == 1 else () if outside else FACETS:
            found = choices[facet]
            counts[facet].update(_every(facet) if found is None else found)
        if not outside:
            kept.append((None in told, programme))
    kept.sort(key=lambda pair: pair[0])
    return Found(programmes=tuple(programme for _, programme in kept), counts=counts)


def _every(facet: str) -> Collection[str]:
    kinds = {"domain": "domains", "zone": "zones", "status": "statuses", "duration": "durations"}
    return tuple(taxonomy.entries(kinds.get(facet, "budget_bands")))


def _suits_age(programme: Programme, age: int | None) -> bool:
    """Both bounds are included; one that is not told does not bind."""
    if age is None:
        return True
    least, most = programme.age_min, programme.age_max
    return (least is None or age >= least) and (most is None or age <= most)


def _is_open(programme: Programme, today: date) -> bool | None:
    return read_window(programme, today).is_open

"""Countries: where a sheet leads, where a youth wants to go, and what is spoken there."""

from collections.abc import Iterable, Mapping
from functools import cache

from hookspecs import taxonomy
from plugins.matching_rules.bits import bits, country_bits, language_bits, union

WORLD = "monde"


@cache
def zone_countries(zone: str) -> int:
    """The countries of a zone; the whole world is everywhere abroad."""
    if zone == WORLD:
        return union(
            country_bits(),
            (
                country
                for entry in taxonomy.entries("zones").values()
                if entry.id != "france"
                for country in entry.countries
            ),
        )
    return union(country_bits(), taxonomy.countries_of(zone))


@cache
def reach(zones: tuple[str, ...], countries: tuple[str, ...], excluded: tuple[str, ...]) -> int:
    """Every country where a sheet may lead: those it names, else those of its zones, without those it leaves out."""
    found = union(country_bits(), countries)
    if not countries:
        for zone in zones:
            found |= zone_countries(zone)
    return found & ~union(country_bits(), excluded)


@cache
def zones_of(countries: int) -> int:
    """The zones of these countries."""
    known = bits("zones")
    return sum(
        known[zone.id]
        for zone in taxonomy.entries("zones").values()
        if zone.id != WORLD and zone_countries(zone.id) & countries
    )


@cache
def tongues(country: str, *, foreign: bool) -> int:
    """The official languages of a country; `foreign`: without French, wherever there is another."""
    spoken = taxonomy.host_languages(country)
    if foreign:
        spoken = spoken - {"fr"} or spoken
    return union(language_bits(), spoken)


@cache
def homes(*, foreign: bool) -> Mapping[str, int]:
    """Where each language is one of a country's, by language."""
    found: dict[str, int] = {}
    for country, bit in country_bits().items():
        for code, tongue in language_bits().items():
            if tongues(country, foreign=foreign) & tongue:
                found[code] = found.get(code, 0) | bit
    return found


def places_spoken(languages: Iterable[str], *, foreign: bool) -> int:
    """The countries where one of these languages is spoken."""
    return union(homes(foreign=foreign), languages)

"""The words that sheets, profiles and rules share: statuses, diplomas, zones… from `config/data/taxonomy.json`.

Labels come in the present language unless one is named. Countries and languages beyond the file are ISO codes named by CLDR.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from babel import Locale
from babel.languages import get_official_languages

from core.web.i18n import current_locale

PROGRAMME_ONLY = frozenset({"tous", "dest", "ue"})
"""Values that a sheet may hold and a person may not: any status, the host's language, a language of the EU."""

EU_LANGUAGES = frozenset(
    [
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "es",
        "et",
        "fi",
        "ga",
        "hr",
        "hu",
        "it",
        "lt",
        "lv",
        "mt",
        "nl",
        "pl",
        "pt",
        "ro",
        "sk",
        "sl",
        "sv",
    ]
)
"""Official languages of the European Union other than French."""

# Codes that CLDR names but ISO 3166-1 does not give to a country.
_NOT_A_COUNTRY = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)
_NOT_A_LIVING_LANGUAGE = frozenset(["ae", "cu", "ia", "ie", "io", "la", "pi", "sa", "sh", "vo"])


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the taxonomy. `rank` orders diplomas and language levels; `countries` belong to a zone.

    Budget bands have euros, durations weeks; an open end is None.
    """

    id: str
    label_fr: str
    label_en: str
    group: str = ""
    rank: int = 0
    countries: tuple[str, ...] = ()
    wildcard: bool = False
    min_eur: int = 0
    max_eur: int | None = None
    min_weeks: int = 0
    max_weeks: int | None = None

    def label(self, locale: str | None = None) -> str:
        """The name in `locale`, or in the present language."""
        return self.label_en if (locale or current_locale()) == "en" else self.label_fr


@cache
def _read() -> Mapping[str, Mapping[str, Entry]]:
    raw: dict[str, Any] = msgspec.json.decode(
        (files("config") / "data" / "taxonomy.json").read_bytes().replace(b"'", "’".encode())
    )
    raw["departments"] = [
        {"id": item["code"], "label_fr": item["label"], "label_en": item["label"]}
        for item in raw["departments"]
    ]
    return {
        kind: {entry.id: entry for entry in msgspec.convert(items, list[Entry])}
        for kind, items in raw.items()
        if isinstance(items, list)
    }


def entries(kind: str) -> Mapping[str, Entry]:
    """Every value of a kind by id, in the file's order (`statuses`, `zones`, `diploma_levels`…).

    Raises `KeyError` for a kind that the file does not have.
    """
    return _read()[kind]


def options(kind: str) -> list[tuple[str, str]]:
    """What a person may choose among, as (id, label) in the present language."""
    return [
        (id_, entry.label()) for id_, entry in entries(kind).items() if id_ not in PROGRAMME_ONLY
    ]


def label(kind: str, id_: str, locale: str | None = None) -> str:
    """The name of one value; kinds `countries` and `languages` know every ISO code. An unknown id names itself."""
    if kind == "countries":
        return _territories(locale or current_locale()).get(id_, id_)
    entry = entries(kind).get(id_)
    if entry is not None:
        return entry.label(locale)
    if kind == "languages":
        return _tongues(locale or current_locale()).get(id_, id_)
    return id_


def rank(kind: str, id_: str) -> int:
    """The order of a diploma (`diploma_levels`) or of a language level (`cefr`); raises `KeyError` for another id."""
    return entries(kind)[id_].rank


def countries() -> list[tuple[str, str]]:
    """Every country (ISO 3166-1 alpha-2, name), by name in the present language."""
    return list(_territories(current_locale()).items())


_ALSO_CALLED = {
    "angleterre": "GB",
    "ecosse": "GB",
    "england": "GB",
    "grande bretagne": "GB",
    "pays de galles": "GB",
    "scotland": "GB",
    "hollande": "NL",
    "coree": "KR",
    "usa": "US",
    "etats unis": "US",
}


@cache
def country_names() -> Mapping[str, str]:
    """Every country's code by its name in either language, and by a few names of every day: folded words, a space between."""
    named = {
        " ".join(re.findall("[a-z0-9]+", fold(name))): code
        for locale in ("en", "fr")
        for code, name in _territories(locale).items()
    }
    return named | _ALSO_CALLED


def languages() -> list[tuple[str, str]]:
    """Every living language with an ISO 639-1 code: the region's usual ones first, then the others by name."""
    usual = options("languages")
    known = {code for code, _ in usual}
    return usual + [pair for pair in _tongues(current_locale()).items() if pair[0] not in known]


def zone_of(country: str) -> str | None:
    """The zone of a country, or None."""
    return _zones_by_country().get(country)


def countries_of(zone: str) -> tuple[str, ...]:
    """The countries of a zone; none for the wildcard `monde`."""
    return entries("zones")[zone].countries


@cache
def host_languages(country: str) -> frozenset[str]:
    """The official languages of a country (ISO 639-1), Norwegian and Chinese under their common code."""
    found = {tongue.split("_")[0] for tongue in get_official_languages(country, de_facto=True)}
    return frozenset({"nb": "no", "nn": "no"}.get(tongue, tongue) for tongue in found)


@cache
def _zones_by_country() -> Mapping[str, str]:
    return {code: zone.id for zone in entries("zones").values() for code in zone.countries}


@cache
def _territories(locale: str) -> Mapping[str, str]:
    names = Locale(locale).territories
    return _by_name(
        {
            code: name
            for code, name in names.items()
            if len(code) == 2 and code.isalpha() and code not in _NOT_A_COUNTRY
        }
    )


@cache
def _tongues(locale: str) -> Mapping[str, str]:
    names = Locale(locale).languages
    return _by_name(
        {
            code: name[0].upper() + name[1:]
            for code, name in names.items()
            if len(code) == 2 and code not in _NOT_A_LIVING_LANGUAGE
        }
    )


def _by_name(names: Mapping[str, str]) -> Mapping[str, str]:
    return dict(sorted(names.items(), key=lambda pair: fold(pair[1])))


def fold(text: str) -> str:
    """Lower case without accents, for comparing and sorting."""
    bare = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).lower()

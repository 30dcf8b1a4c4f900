"""Finding sheets by words: French full-text search in the database, and the mending of what was typed wrong.

Words are compared by their stem, without case or accents; the last letters may be missing. A word that no published sheet
has is replaced by the nearest that one has; when no sheet has them all, those that have some are shown, and the page says so.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal

import msgspec

from core.catalogue import taxonomy
from core.catalogue.service import read_catalogue, search_words
from core.catalogue.taxonomy import fold
from core.contracts.matching import Catalogue, Programme
from core.platform import Platform

_WORD = re.compile(r"[a-z0-9]+")
_MOST_WORDS = 12
_NEAR = 0.72
"""The least likeness (2 × letters in common / all letters) that mends a word: « erasmsu » 0.86, « angletere » 0.95."""


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """The sheets found, best first, and how: by all the words as typed, by `words` mended, by some of them only."""

    programmes: Sequence[Programme]
    how: Literal["all", "mended", "some"] = "all"
    words: str = ""


async def find_by_words(platform: Platform, text: str) -> Hits:
    """The published sheets that have the words of `text`, then those that lead to a country it names; every one, by title, when
    there are no words.
    """
    catalogue = await read_catalogue(platform)
    typed = _WORD.findall(fold(text))[:_MOST_WORDS]
    if not typed:
        by_title = sorted(catalogue.programmes, key=lambda programme: fold(programme.title_fr))
        return Hits(programmes=by_title)
    if found := await _with_all(platform, catalogue, typed):
        return Hits(programmes=found)
    known = catalogue.derive("words", lambda: _words_of(catalogue))
    mended = [_mend(word, known) for word in typed]
    if mended != typed and (found := await _with_all(platform, catalogue, mended)):
        return Hits(programmes=found, how="mended", words=" ".join(mended))
    some = await _look(platform, catalogue, mended, " | ")
    return Hits(programmes=some, how="some", words=" ".join(mended))


async def _with_all(
    platform: Platform, catalogue: Catalogue, words: Sequence[str]
) -> list[Programme]:
    """The sheets that have all the words, then those that have all but the name of a country, and lead there."""
    found = await _look(platform, catalogue, words, " & ")
    country, others = name_country(words)
    if country is None:
        return found
    among = await _look(platform, catalogue, others, " & ") if others else catalogue.programmes
    have = {programme.id for programme in found}
    return found + [one for one in among if one.id not in have and leads_to(one, country)]


def name_country(typed: Sequence[str]) -> tuple[str | None, list[str]]:
    """The first country that some words in a row name (its code, or None), and the words left."""
    names = taxonomy.country_names()
    for first in range(len(typed)):
        for last in range(min(len(typed), first + 4), first, -1):
            code = names.get(" ".join(typed[first:last]))
            if code is not None:
                return code, [*typed[:first], *typed[last:]]
    return None, list(typed)


def leads_to(programme: Programme, country: str) -> bool:
    """Whether one may go to a country with a sheet: it is named, or else its zone or the whole world is. France is no destination."""
    if country in programme.countries_excluded or country == "FR":
        return False
    if programme.countries:
        return country in programme.countries
    return "monde" in programme.zones or taxonomy.zone_of(country) in programme.zones


async def _look(
    platform: Platform, catalogue: Catalogue, words: Sequence[str], operator: str
) -> list[Programme]:
    rows = await platform.db.fetch(
        "SELECT id FROM programme, to_tsquery('french_folded', $1) AS wanted"
        " WHERE status = 'published' AND sheet_words(title, search) @@ wanted"
        " ORDER BY ts_rank(sheet_words(title, search), wanted) DESC, fold(title), id",
        operator.join(f"{word}:*" for word in words),
    )
    by_id = {programme.id: programme for programme in catalogue.programmes}
    return [by_id[row["id"]] for row in rows if row["id"] in by_id]


def _words_of(catalogue: Catalogue) -> frozenset[str]:
    texts = [search_words(programme) for programme in catalogue.programmes]
    return frozenset(
        word
        for text in [*texts, *taxonomy.country_names()]
        for word in _WORD.findall(fold(text))
        if len(word) > 2
    )


def _mend(word: str, known: frozenset[str]) -> str:
    if any(one.startswith(word) for one in known):
        return word
    return next(iter(get_close_matches(word, known, n=1, cutoff=_NEAR)), word)

"""Free words turned into suggestions of tags: « elle adore la photo et rêve du Japon » suggests an interest and a country.

Pure. Words are compared by their French stem, without accents. Nothing is added without a click, what is chosen already is not
suggested again, and what is said not to be wanted (« pas d’Asie ») is not suggested.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import snowballstemmer  # type: ignore[import-untyped]  # ships no stubs

from core.catalogue import taxonomy
from core.catalogue.taxonomy import fold
from core.contracts.matching import Profile, Project

Field = Literal["interests", "domains", "zones", "countries", "statuses"]
FIELDS: tuple[Field, ...] = ("interests", "domains", "zones", "countries", "statuses")
MOST = 8
_WORD = re.compile(r"[a-z0-9]+")
_NOT = frozenset({"pas", "sauf", "ni", "sans", "jamais", "deteste", "plus"})
_REACH = 4
"""How many words before a term may take it back: « pas trop envie d’aller en Asie »."""
_EMPTY = frozenset(
    fold(word)
    for word in [
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "un",
        "une",
        "et",
        "ou",
        "à",
        "au",
        "aux",
        "en",
        "d",
        "l",
        "dans",
        "sur",
        "pour",
        "par",
        "autre",
        "autres",
        "métiers",
        "ancien",
        "bâti",
        "hors",
        "longue",
        "moyenne",
        "durée",
        "recherche",
        "international",
        "internationale",
        "sans",
        "monde",
        "entier",
        "étape",
        "projet",
        "local",
        "dimension",
    ]
)


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A tag: the field it goes to, its id and name, and the words of the text that lead to it."""

    field: Field
    id: str
    label: str
    words: str


def suggest(texts: Sequence[str], profile: Profile, project: Project) -> list[Suggestion]:
    """The tags that these texts speak of and that neither profile nor project has, in the order of the text, `MOST` at most."""
    chosen: Mapping[str, Collection[str]] = {
        "interests": profile.interests,
        "statuses": profile.statuses,
        "domains": project.domains,
        "zones": project.zones,
        "countries": project.countries,
    }
    found: dict[tuple[Field, str], str] = {}
    for text in texts:
        for field, id_, words in read(text):
            if id_ not in chosen[field]:
                found.setdefault((field, id_), words)
    return [
        Suggestion(field=field, id=id_, label=taxonomy.label(field, id_), words=words)
        for (field, id_), words in list(found.items())[:MOST]
    ]


def read(text: str) -> list[tuple[Field, str, str]]:
    """Each tag that a text speaks of, with the words that say so."""
    return [
        one for clause in re.split(r"[.,;:!?\n]|\bmais\b", text) for one in _read_clause(clause)
    ]


def _read_clause(text: str) -> list[tuple[Field, str, str]]:
    """Longer terms win over the shorter that they hold; a « pas » a few words before takes a term back."""
    shown = re.findall(r"[^\W_]+", text)
    words = [fold(word) for word in shown]
    stems = [stem(word) for word in words]
    terms, longest = _terms()
    found: list[tuple[Field, str, str]] = []
    place = 0
    while place < len(stems):
        size = next(
            (
                size
                for size in range(min(longest, len(stems) - place), 0, -1)
                if tuple(stems[place : place + size]) in terms
            ),
            0,
        )
        if size and not _NOT & set(words[max(0, place - _REACH) : place]):
            said = " ".join(shown[place : place + size])
            found += [
                (field, id_, said) for field, id_ in terms[tuple(stems[place : place + size])]
            ]
        place += size or 1
    return found


@cache
def stem(word: str) -> str:
    """The French stem of a folded word, its plural off first: the stemmer leaves « photos »."""
    stemmed: str = _stemmer().stemWord(word.removesuffix("s") if len(word) > 3 else word)
    return stemmed


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("french")


@cache
def _terms() -> tuple[Mapping[tuple[str, ...], tuple[tuple[Field, str], ...]], int]:
    """Every term as stems, with the tags that it leads to; and how many words the longest has."""
    terms: dict[tuple[str, ...], list[tuple[Field, str]]] = {}
    for term, field, id_ in (*_everyday(), *_labels(), *_countries()):
        stems = tuple(stem(word) for word in _WORD.findall(fold(term)))
        if stems and (field, id_) not in terms.setdefault(stems, []):
            terms[stems].append((field, id_))
    return {stems: tuple(tags) for stems, tags in terms.items()}, max(map(len, terms))


def _everyday() -> Iterator[tuple[str, Field, str]]:
    """The words of every day, from `config/data/everyday_words.toml`."""
    words = msgspec.toml.decode(
        (files("config") / "data" / "everyday_words.toml").read_bytes(),
        type=dict[Field, dict[str, list[str]]],
    )
    for field, tags in words.items():
        for id_, terms in tags.items():
            yield from ((term, field, id_) for term in terms)


def _labels() -> Iterator[tuple[str, Field, str]]:
    """Each part of the French name of a tag: « Arts, spectacle, musique » is three terms."""
    for field in FIELDS[:3]:
        for id_, entry in taxonomy.entries(field).items():
            if id_ == "monde":
                continue
            for part in re.split(r"[,()/…]", entry.label_fr):
                told = [word for word in _WORD.findall(fold(part)) if word not in _EMPTY]
                yield (told[0] if len(told) == 1 else part), field, id_


def _countries() -> Iterator[tuple[str, Field, str]]:
    """Every country but France, by each of its names."""
    for name, code in taxonomy.country_names().items():
        if code != "FR":
            yield name, "countries", code

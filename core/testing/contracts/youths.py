"""Invented needs: any youth, however much or little is known of them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from hypothesis import strategies as st

from core.catalogue import taxonomy
from core.contracts.matching import LanguageSkill, Need, Profile, Project
from core.testing.contracts.base import TODAY

_HOMES: list[tuple[str | None, Any]] = [
    (None, None),
    ("33", "nouvelle_aquitaine"),
    ("87", None),
    (None, "nouvelle_aquitaine"),
    ("31", "autre_region"),
    ("75", None),
    (None, "etranger"),
]
_LEARNERS = ("lyceen", "lyceen_pro", "etudiant", "apprenti", "stagiaire_fp")


def some(kind: str, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """A few ids of the taxonomy."""
    ids = [id_ for id_, _ in taxonomy.options(kind)]
    return st.lists(st.sampled_from(ids), max_size=most, unique=True).map(tuple)


def one(kind: str) -> st.SearchStrategy[str | None]:
    """An id of the taxonomy, or none."""
    return st.none() | st.sampled_from([id_ for id_, _ in taxonomy.options(kind)])


@st.composite
def needs(draw: st.DrawFn) -> Need:
    """Coherent needs of any youth: a level is prepared by those who learn, a department is in its region."""
    statuses = draw(some("statuses", 2))
    learns = not statuses or bool(set(statuses) & set(_LEARNERS))
    department, region = draw(st.sampled_from(_HOMES))
    least = draw(st.none() | st.integers(1, 60))
    return Need(
        profile=Profile(
            birth_date=draw(st.none() | st.dates(date(1985, 1, 1), date(2016, 12, 31))),
            nationality=draw(st.sampled_from([None, "FR", "DE", "NO", "MA", "GP"])),
            department=department,
            region=region,
            statuses=statuses,
            diploma=draw(one("diploma_levels")),
            preparing=draw(one("diploma_levels")) if learns else None,
            languages=tuple(
                LanguageSkill(
                    code=code, level=draw(st.sampled_from(["A0", "A2", "B1", "B2", "C2"]))
                )
                for code in draw(
                    st.lists(
                        st.sampled_from(["fr", "en", "de", "es", "ja"]), max_size=3, unique=True
                    )
                )
            ),
            budget_eur=draw(st.none() | st.integers(0, 9000)),
            flags=draw(
                st.dictionaries(st.sampled_from(list(taxonomy.entries("flags"))), st.booleans())
            ),
            interests=draw(some("interests")),
        ),
        project=Project(
            domains=draw(some("domains")),
            zones=draw(some("zones")),
            countries=draw(
                st.lists(st.sampled_from(["DE", "CA", "JP", "FR", "SN"]), max_size=2).map(tuple)
            ),
            duration_min_weeks=least,
            duration_max_weeks=None if least is None else least + draw(st.integers(0, 30)),
            departure=draw(
                st.none() | st.sampled_from(["2027-01", "2027-04", "2027-09", "2027-12"])
            ),
            alone_or_group=draw(st.sampled_from([None, "individuel", "groupe", "les_deux"])),
        ),
        today=TODAY,
    )


def less_known(need: Need) -> Iterator[tuple[str, Need]]:
    """The same need with one fact forgotten, each in turn, and the name of that fact."""
    unknown: Mapping[str, Any] = {
        **dict.fromkeys(("birth_date", "nationality", "department", "region"), None),
        **dict.fromkeys(("diploma", "preparing", "budget_eur"), None),
        **dict.fromkeys(("statuses", "languages", "interests"), ()),
    }
    for name, value in unknown.items():
        profile = msgspec.structs.replace(need.profile, **{name: value})
        yield name, msgspec.structs.replace(need, profile=profile)
    for flag in need.profile.flags:
        flags = {key: value for key, value in need.profile.flags.items() if key != flag}
        profile = msgspec.structs.replace(need.profile, flags=flags)
        yield flag, msgspec.structs.replace(need, profile=profile)
    forgotten: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("domains", {"domains": ()}),
        ("destination", {"zones": (), "countries": ()}),
        ("duration", {"duration_min_weeks": None, "duration_max_weeks": None}),
        ("departure", {"departure": None}),
        ("company", {"alone_or_group": None}),
    )
    for name, values in forgotten:
        project = msgspec.structs.replace(need.project, **values)
        yield name, msgspec.structs.replace(need, project=project)

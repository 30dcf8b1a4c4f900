"""Programme sheets for contracts: those that travel with the platform, and invented ones."""

from importlib.resources import files

import msgspec
from hypothesis import strategies as st

from core.catalogue import taxonomy
from core.catalogue.service import read_record
from core.contracts.matching import LanguageRule, Programme
from core.testing.contracts.youths import one, some

_places = st.lists(st.sampled_from(["DE", "CA", "JP", "FR", "SN", "IE"]), max_size=2).map(tuple)


def reference_programmes() -> list[Programme]:
    """The ninety sheets that travel with the platform, suspended ones included."""
    raw = msgspec.json.decode((files("config") / "data" / "programmes.json").read_bytes())
    return [read_record(record) for record in raw]


@st.composite
def sheets(draw: st.DrawFn) -> Programme:
    """A sheet of any kind, coherent or not: the rules must stand whatever an editor writes."""
    least, shortest = draw(st.none() | st.integers(6, 25)), draw(st.none() | st.integers(1, 60))
    level = st.sampled_from(["A1", "A2", "B1", "B2", "C1"])
    tongue = st.sampled_from(["en", "de", "fr", "dest", "ue"])
    rule = st.none() | st.builds(LanguageRule, code=tongue, level_min=level)
    months = st.lists(st.integers(1, 12), max_size=5, unique=True).map(tuple)
    modes = st.sampled_from(["rolling", "windows", "windows", "via_etablissement", "closed"])
    return Programme(
        id="sheet",
        title_fr="Fiche",
        domains=draw(some("domains")),
        zones=draw(
            st.lists(st.sampled_from(list(taxonomy.entries("zones"))), max_size=3).map(tuple)
        ),
        countries=draw(_places),
        countries_excluded=draw(_places),
        age_min=least,
        age_max=draw(st.none() | st.integers(least or 10, 40)),
        age_max_handicap=draw(st.none() | st.integers(25, 40)),
        age_reference=draw(st.sampled_from(["candidature", "depart", "naissance"])),
        statuses=draw(st.just(("tous",)) | some("statuses")),
        diploma_min=draw(one("diploma_levels")),
        diploma_max=draw(one("diploma_levels")),
        diploma_in_progress_ok=draw(st.booleans()),
        study_level_min=draw(one("diploma_levels")),
        study_level_max=draw(one("diploma_levels")),
        nationality=draw(st.sampled_from(["any", "fr", "ue", "eee"])),
        residence=draw(st.sampled_from(["none", "france", "nouvelle_aquitaine"])),
        residence_departments=draw(st.sampled_from([(), (), ("33",), ("87", "23"), ("75",)])),
        language=draw(rule),
        language_recommended=draw(rule),
        duration_min_weeks=shortest,
        duration_max_weeks=draw(st.none() | st.integers(shortest or 1, 104)),
        requires_flags=draw(some("flags", 1)),
        requires_any=draw(st.sampled_from([(), (), ("bas_revenus", "apprenti"), ("bafa",)])),
        budget_band=draw(one("budget_bands")),
        funding=draw(one("funding")),
        application_mode=draw(modes),
        application_months=draw(months),
        departure_months=draw(months),
        lead_time_weeks=draw(st.none() | st.integers(1, 60)),
        group_mode=draw(st.sampled_from(["individuel", "groupe", "les_deux"])),
        tags=draw(some("interests")),
        availability=draw(st.sampled_from(["actif", "actif", "a_verifier", "suspendu"])),
    )


def catalogues(most: int = 12) -> st.SearchStrategy[list[Programme]]:
    """A few sheets of any kind, by id."""
    return st.lists(sheets(), max_size=most).map(
        lambda found: [
            msgspec.structs.replace(programme, id=f"sheet-{number:02}")
            for number, programme in enumerate(found)
        ]
    )

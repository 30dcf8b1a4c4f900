"""Contract tests that a plugin author subclasses: each method is a promise of the Protocol that it names.

from core.testing.contracts import MatchingStrategyContract

class TestMyStrategy(MatchingStrategyContract):
factory = MyStrategy
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any, ClassVar, cast

import msgspec
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.catalogue import taxonomy
from core.catalogue.reasons import word
from core.catalogue.service import read_record
from core.contracts.context import PluginContext, Services
from core.contracts.matching import (
    Catalogue,
    Crowd,
    LanguageRule,
    LanguageSkill,
    MatchingStrategy,
    Need,
    Profile,
    Programme,
    Project,
    QuickStrategy,
    TwoWayStrategy,
    Verdict,
)
from core.web.i18n import use_locale

TODAY = date(2027, 1, 25)
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


def reference_programmes() -> list[Programme]:
    """The ninety sheets that travel with the platform, suspended ones included."""
    raw = msgspec.json.decode((files("config") / "data" / "programmes.json").read_bytes())
    return [read_record(record) for record in raw]


def context(settings: Any = None, locale: str = "fr") -> PluginContext:
    """A context without a platform behind it: a matching strategy needs none."""
    return PluginContext(
        structure=None,
        settings=settings,
        now=datetime(2027, 1, 25, 7, tzinfo=UTC),
        services=cast("Services", None),
        locale=locale,
    )


def _some(kind: str, most: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    ids = [id_ for id_, _ in taxonomy.options(kind)]
    return st.lists(st.sampled_from(ids), max_size=most, unique=True).map(tuple)


def _one(kind: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from([id_ for id_, _ in taxonomy.options(kind)])


_places = st.lists(st.sampled_from(["DE", "CA", "JP", "FR", "SN", "IE"]), max_size=2).map(tuple)


@st.composite
def needs(draw: st.DrawFn) -> Need:
    """Coherent needs of any youth: a level is prepared by those who learn, a department is in its region."""
    statuses = draw(_some("statuses", 2))
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
            diploma=draw(_one("diploma_levels")),
            preparing=draw(_one("diploma_levels")) if learns else None,
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
            interests=draw(_some("interests")),
        ),
        project=Project(
            domains=draw(_some("domains")),
            zones=draw(_some("zones")),
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
        domains=draw(_some("domains")),
        zones=draw(
            st.lists(st.sampled_from(list(taxonomy.entries("zones"))), max_size=3).map(tuple)
        ),
        countries=draw(_places),
        countries_excluded=draw(_places),
        age_min=least,
        age_max=draw(st.none() | st.integers(least or 10, 40)),
        age_max_handicap=draw(st.none() | st.integers(25, 40)),
        age_reference=draw(st.sampled_from(["candidature", "depart", "naissance"])),
        statuses=draw(st.just(("tous",)) | _some("statuses")),
        diploma_min=draw(_one("diploma_levels")),
        diploma_max=draw(_one("diploma_levels")),
        diploma_in_progress_ok=draw(st.booleans()),
        study_level_min=draw(_one("diploma_levels")),
        study_level_max=draw(_one("diploma_levels")),
        nationality=draw(st.sampled_from(["any", "fr", "ue", "eee"])),
        residence=draw(st.sampled_from(["none", "france", "nouvelle_aquitaine"])),
        residence_departments=draw(st.sampled_from([(), (), ("33",), ("87", "23"), ("75",)])),
        language=draw(rule),
        language_recommended=draw(rule),
        duration_min_weeks=shortest,
        duration_max_weeks=draw(st.none() | st.integers(shortest or 1, 104)),
        requires_flags=draw(_some("flags", 1)),
        requires_any=draw(st.sampled_from([(), (), ("bas_revenus", "apprenti"), ("bafa",)])),
        budget_band=draw(_one("budget_bands")),
        funding=draw(_one("funding")),
        application_mode=draw(modes),
        application_months=draw(months),
        departure_months=draw(months),
        lead_time_weeks=draw(st.none() | st.integers(1, 60)),
        group_mode=draw(st.sampled_from(["individuel", "groupe", "les_deux"])),
        tags=draw(_some("interests")),
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


# The same contract is run by every subclass: no database of examples is shared between them.
_EFFORT = effort(
    deadline=None, database=None, suppress_health_check=[HealthCheck.differing_executors]
)


class MatchingStrategyContract:
    """What the platform expects of every `MatchingStrategy`. Set `factory`, and `settings` when the plugin has some."""

    factory: ClassVar[Callable[[], MatchingStrategy]]
    settings: ClassVar[Any] = None

    def _rank(
        self, need: Need, programmes: Sequence[Programme], locale: str = "fr"
    ) -> list[Verdict]:
        strategy = type(self).factory()
        return list(strategy.rank(context(type(self).settings, locale), need, programmes))

    @effort(_EFFORT, max_examples=40)
    @given(need=needs())
    def test_every_programme_gets_one_verdict_best_first_excluded_last(self, need: Need) -> None:
        """A verdict for each programme given, and no other."""
        programmes = reference_programmes()
        verdicts = self._rank(need, programmes)
        assert sorted(v.programme_id for v in verdicts) == sorted(p.id for p in programmes)
        assert all(0 <= verdict.score <= 1 for verdict in verdicts)
        assert [v.excluded for v in verdicts] == sorted(v.excluded for v in verdicts)
        scores = [verdict.score for verdict in verdicts if not verdict.excluded]
        assert scores == sorted(scores, reverse=True)

    @effort(_EFFORT, max_examples=40)
    @given(need=needs(), seed=st.integers(0, 1000))
    def test_the_order_given_does_not_matter(self, need: Need, seed: int) -> None:
        """The same answer twice, and whatever the order of the programmes."""
        programmes = reference_programmes()
        first = self._rank(need, programmes)
        random.Random(seed).shuffle(programmes)  # noqa: S311 - a reproducible disorder
        assert self._rank(need, programmes) == first

    @effort(_EFFORT, max_examples=20)
    @given(need=needs())
    def test_what_is_not_known_never_excludes(self, need: Need) -> None:
        """A fact forgotten never excludes a programme that was not excluded."""
        programmes = reference_programmes()
        before = {v.programme_id for v in self._rank(need, programmes) if v.excluded}
        for name, poorer in less_known(need):
            after = {v.programme_id for v in self._rank(poorer, programmes) if v.excluded}
            assert after <= before, f"without {name}: {sorted(after - before)}"

    @effort(_EFFORT, max_examples=20)
    @given(need=needs(), locale=st.sampled_from(["fr", "en"]))
    def test_every_exclusion_says_why_and_every_reason_is_worded(
        self, need: Need, locale: str
    ) -> None:
        """An excluded programme has a reason that excludes it; another has none."""
        for verdict in self._rank(need, reference_programmes(), locale):
            tones = {reason.tone for reason in verdict.reasons}
            assert ("excluded" in tones) == verdict.excluded
            with use_locale(locale):
                assert all(reason.criterion and word(reason) for reason in verdict.reasons)

    def test_no_programme_gives_no_verdict(self) -> None:
        """An empty catalogue is not an error."""
        assert self._rank(Need(profile=Profile(), project=Project(), today=TODAY), []) == []


class QuickStrategyContract(MatchingStrategyContract):
    """What is expected besides of a `QuickStrategy`, and of a `TwoWayStrategy`: one definition, whichever way it is asked."""

    factory: ClassVar[Callable[[], Any]]

    @effort(_EFFORT, max_examples=30)
    @given(need=needs(), programmes=catalogues(6))
    def test_what_is_told_is_what_was_judged(self, need: Need, programmes: list[Programme]) -> None:
        """It excludes and scores as its own explanations and its ranking say, whatever the sheets."""
        strategy, settled = type(self).factory(), context(type(self).settings)
        assert isinstance(strategy, QuickStrategy)
        catalogue = Catalogue(revision="", programmes=tuple(programmes))
        judged = strategy.judge(settled, need, catalogue)
        ranked = {v.programme_id: v for v in self._rank(need, programmes)}
        for place, programme in enumerate(programmes):
            told = judged.explain(place)
            assert told == ranked[programme.id]
            assert told.excluded == bool(judged.excluded[place])
            assert math.isclose(told.score, judged.scores[place])

    @effort(_EFFORT, max_examples=25)
    @given(crowd=st.lists(needs(), min_size=1, max_size=5), programme=sheets())
    def test_a_crowd_is_judged_as_each_youth_is(
        self, crowd: list[Need], programme: Programme
    ) -> None:
        """A sheet says the same of a youth among many as it says of them alone."""
        strategy, settled = type(self).factory(), context(type(self).settings)
        if isinstance(strategy, TwoWayStrategy):
            judged = strategy.judge_crowd(
                settled, Crowd(revision="", needs=tuple(crowd)), programme
            )
            for place, need in enumerate(crowd):
                (alone,) = self._rank(need, [programme])
                assert judged.explain(place) == alone
                assert bool(judged.excluded[place]) == alone.excluded
                assert math.isclose(judged.scores[place], alone.score, abs_tol=1e-12)

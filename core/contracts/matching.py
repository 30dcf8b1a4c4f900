"""Profile, project, programme facts, and what a matching strategy answers.

The ids of statuses, diplomas, zones… are those of `config/data/taxonomy.json`; its `semantics` says how each
rule reads. In a profile, None or an absent key means "not known": it never excludes.

A strategy needs one method, `rank`. Those that are asked much may do more, each apart: judge a whole catalogue and explain
only what is shown (`QuickStrategy`), judge one sheet for many youths (`TwoWayStrategy`), follow rules that are edited
(`EditedStrategy`).
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from core.contracts.context import PluginContext

T = TypeVar("T")


class LanguageSkill(msgspec.Struct, frozen=True, kw_only=True):
    """A language (ISO 639-1) and its CEFR level, A0 to C2."""

    code: str
    level: str


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Who the youth is. `flags` maps a flag to yes or no; an absent flag is not known."""

    birth_date: date | None = None
    nationality: str | None = None
    department: str | None = None
    region: Literal["nouvelle_aquitaine", "autre_region", "etranger"] | None = None
    statuses: tuple[str, ...] = ()
    diploma: str | None = None
    preparing: str | None = None
    languages: tuple[LanguageSkill, ...] = ()
    budget_eur: int | None = None
    flags: Mapping[str, bool] = {}
    interests: tuple[str, ...] = ()
    background: str = ""
    experience: str = ""
    leisure: str = ""
    passions: str = ""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What the youth wants. Empty tuples mean no preference yet; durations in weeks; departure `YYYY-MM`."""

    domains: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    duration_min_weeks: int | None = None
    duration_max_weeks: int | None = None
    departure: str | None = None
    alone_or_group: Literal["individuel", "groupe", "les_deux"] | None = None
    wish: str = ""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One youth's profile and project, at one day (ages and application windows are read from `today`)."""

    profile: Profile
    project: Project
    today: date


class LanguageRule(msgspec.Struct, frozen=True, kw_only=True):
    """A language and the least level; `dest` and `ue` are explained in the taxonomy."""

    code: str
    level_min: str


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one programme sheet, at one version. `text_fr` is Markdown."""

    id: str
    title_fr: str
    version: int = 1
    summary_fr: str = ""
    text_fr: str = ""
    nature: str = "opportunite"
    operator: str = ""
    url: str = ""
    domains: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    countries_excluded: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    age_max_handicap: int | None = None
    age_reference: str = "candidature"
    statuses: tuple[str, ...] = ()
    diploma_min: str | None = None
    diploma_max: str | None = None
    diploma_in_progress_ok: bool = False
    diploma_recommended: str | None = None
    study_level_min: str | None = None
    study_level_max: str | None = None
    nationality: str = "any"
    residence: str = "none"
    residence_departments: tuple[str, ...] = ()
    language: LanguageRule | None = None
    language_recommended: LanguageRule | None = None
    duration_min_weeks: int | None = None
    duration_max_weeks: int | None = None
    requires_flags: tuple[str, ...] = ()
    requires_any: tuple[str, ...] = ()
    budget_band: str | None = None
    funding: str | None = None
    application_mode: str = "rolling"
    application_months: tuple[int, ...] = ()
    application_via: str = "individu"
    departure_months: tuple[int, ...] = ()
    lead_time_weeks: int | None = None
    group_mode: str = "individuel"
    minors_accompanied: bool = False
    tags: tuple[str, ...] = ()
    other_conditions_fr: tuple[str, ...] = ()
    availability: str = "actif"
    confidence: str = "medium"
    source: str = ""
    notes: str | None = None


Tone = Literal["for", "against", "to_check", "excluded"]


class Said(msgspec.Struct, frozen=True):
    """One side of a reason, as data: values of one kind, worded when they are shown (`core.catalogue.reasons`).

    Kinds are those of the taxonomy (`statuses`, `domains`…) and a few more that the wording knows, such as `ages`.
    """

    kind: str
    values: tuple[str | int | None, ...] = ()


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a verdict, as data: the criterion, the youth's value and the sheet's, in no language yet.

    `label` names the criterion and `says` is the sentence, with `%(name)s`, `%(youth)s` and `%(programme)s`: French texts
    marked with `N_`, which the catalogues translate. Without `says` the tone gives the sentence. A simple strategy may
    leave all that and give the words themselves in `text`.
    """

    criterion: str
    tone: Tone
    youth: Said | str = ""
    programme: Said | str = ""
    label: str = ""
    says: str = ""
    text: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy says of one programme: excluded by hard rules, or a score in [0, 1] with its reasons."""

    programme_id: str
    score: float
    excluded: bool = False
    reasons: tuple[Reason, ...] = ()


class _Lot(msgspec.Struct, frozen=True, kw_only=True):
    """Things that are judged together, and what was worked out from them alone."""

    revision: str
    derived: dict[Hashable, Any] = {}

    def derive(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """What follows from this lot alone, such as its facts as arrays: worked out once, forgotten with it."""
        if key not in self.derived:
            self.derived[key] = work_out()
        found: T = self.derived[key]
        return found


class Catalogue(_Lot, frozen=True, kw_only=True):
    """Programme sheets by id. Another `revision` means that a sheet came, went or changed."""

    programmes: tuple[Programme, ...]


@lru_cache(maxsize=2)
def catalogue_of(programmes: tuple[Programme, ...]) -> Catalogue:
    """A catalogue of these sheets, in their order; the same one when asked again for the same sheets."""
    return Catalogue(revision="", programmes=programmes)


class Crowd(_Lot, frozen=True, kw_only=True):
    """The needs of many youths."""

    needs: tuple[Need, ...]


class PastNeed(msgspec.Struct, frozen=True, kw_only=True):
    """A need of the past, without a name or a commune; of the date of birth only the month is true.

    `kept` are the sheets that the advisor kept then; `words` tells whether the youth's own words came with it, which
    they do only where the youth agreed.
    """

    number: int
    need: Need
    kept: tuple[str, ...] = ()
    words: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """An invented youth: the sheets that a careful advisor would surely show, and those that must be excluded, each with
    the rule that does it.
    """

    id: str
    need: Need
    expected: tuple[str, ...]
    must_exclude: Mapping[str, str]


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that a strategy goes by, as published: `version` is shown and kept, `rules` is the strategy's own."""

    version: str
    rules: Any = None


class MatchingStrategy(Protocol):
    """Ranks programmes for one need. Pure, deterministic, quick: called at each change of the interview form."""

    key: str
    label: str

    def rank(
        self, context: PluginContext, need: Need, programmes: Sequence[Programme]
    ) -> Sequence[Verdict]:
        """A verdict for **every** programme given, best first, excluded ones last."""
        ...


class Places(Protocol):
    """Something by place: a list, a tuple, a column of numpy."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, place: int, /) -> Any: ...


class Scored(Protocol):
    """What was judged of a lot, place by place."""

    @property
    def scores(self) -> Places:
        """A score in [0, 1] for each place."""
        ...

    @property
    def excluded(self) -> Places:
        """Whether a hard rule excludes each place."""
        ...


class Judgement(Scored, Protocol):
    """The same, with the reasons of the places that are asked for."""

    def explain(self, place: int) -> Verdict:
        """The verdict at one place, with its reasons. It says what `scores` and `excluded` say there."""
        ...


@runtime_checkable
class QuickStrategy(Protocol):
    """A strategy that can judge without explaining. Asked instead of `rank`, whose verdicts it must give."""

    def judge(self, context: PluginContext, need: Need, catalogue: Catalogue) -> Judgement:
        """Judges every sheet of the catalogue, at its place."""
        ...


@runtime_checkable
class TwoWayStrategy(Protocol):
    """A strategy that can judge one sheet for many youths at once."""

    def judge_crowd(self, context: PluginContext, crowd: Crowd, programme: Programme) -> Judgement:
        """Judges the sheet for every need of the crowd, at its place."""
        ...


@runtime_checkable
class EditedStrategy(Protocol):
    """A strategy whose rules are edited and published. The core gives them back in `context.edition`, and keeps their
    version with what was ranked by them. Without an edition, the strategy goes by what travels with it.
    """

    async def read_edition(self, context: PluginContext) -> Edition:
        """The edition in force."""
        ...

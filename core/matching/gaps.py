"""Who finds little: past needs ranked against the present sheets, told by domain, place, status, age… for the coordination.

Figures only; a group of fewer than five youths is not told apart.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

import msgspec

from core.catalogue import service as catalogue
from core.catalogue import taxonomy
from core.catalogue.reasons import criterion_name
from core.contracts.matching import Catalogue, Need
from core.matching import blend
from core.matching.asking import Asked, best_first, judge
from core.matching.past import list_past
from core.matching.reverse import SUITS
from core.platform import Platform
from core.web.i18n import _

FEW = 3
"""Fewer sheets that suit are few."""
_LEAST = 5
_CLOSE = 25


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Youths who share an answer: how many, how many sheets suit the one in the middle, and which share finds few."""

    facet: str
    value: str
    youths: int
    middle: float
    few: int

    @property
    def share(self) -> float:
        """The share of those who find few."""
        return self.few / self.youths


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """The needs read, how many found few, the groups by facet (the worst first), and what shuts those who find few out."""

    needs: int
    few: int
    groups: Mapping[str, Sequence[Group]]
    shut_by: Sequence[tuple[str, int]]
    strategy: str
    problem: str = ""


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    need: Need
    suits: int
    shut_by: Sequence[str]


async def read_gaps(platform: Platform, most: int = 500) -> Gaps:
    """Ranks the latest needs as of today's sheets, by the strategies that most structures use."""
    weights = await _usual(platform)
    sheets = await catalogue.read_catalogue(platform)
    found: list[_Found] = []
    label = blend.names([platform.board.strategies[key].item.label for key in weights])
    for past in await list_past(platform, most=most):
        one = await _judge(platform, weights, past.need, sheets)
        if one is None:
            return Gaps(needs=0, few=0, groups={}, shut_by=(), strategy=label, problem=_silent())
        found.append(one)
    few = [one for one in found if one.suits < FEW]
    shut = Counter(name for one in few for name in one.shut_by)
    return Gaps(
        needs=len(found),
        few=len(few),
        groups={facet: _groups(facet, found, values) for facet, values in _facets().items()},
        shut_by=shut.most_common(6),
        strategy=label,
    )


def _silent() -> str:
    return _("Le classement ne répond pas pour le moment : réessayez dans un instant.")


async def _usual(platform: Platform) -> Mapping[str, int]:
    """What most structures chose, of what is loaded."""
    rows = await platform.db.fetch(
        "SELECT strategy, blend FROM structure WHERE status = 'active'"
        " GROUP BY strategy, blend ORDER BY count(*) DESC, strategy"
    )
    for row in rows:
        weights: Mapping[str, int] = row["blend"] or {row["strategy"]: 100}
        if weights.keys() <= platform.board.strategies.keys():
            return weights
    return {next(iter(platform.board.strategies)): 100}


async def _judge(
    platform: Platform, weights: Mapping[str, int], need: Need, sheets: Catalogue
) -> _Found | None:
    """How many sheets suit a need, and by what those that it aims at exclude it; None when a strategy fails."""
    snapshot = await platform.plugins.current()
    board = platform.board.strategies
    asked: list[Asked] = [
        await judge(platform, snapshot, board[key], None, need=need, catalogue=sheets)
        for key in weights
    ]
    if any(one.problem for one in asked):
        return None
    whole = blend.blended(asked, weights)
    suits = sum(
        score >= SUITS and not out for score, out in zip(whole.scores, whole.excluded, strict=True)
    )
    shut_by: list[str] = []
    if suits < FEW:
        aimed = [
            place
            for place in best_first(whole)
            if whole.excluded[place]
            and not set(sheets.programmes[place].domains).isdisjoint(need.project.domains)
        ][:_CLOSE]
        ids = [sheets.programmes[place].id for place in aimed]
        told = await blend.explain(platform, asked, whole, aimed, ids) or {}
        shut_by = [
            criterion_name(reason.criterion)
            for verdict in told.values()
            for reason in verdict.reasons[:1]
        ]
    return _Found(need=need, suits=int(suits), shut_by=shut_by)


def _groups(
    facet: str, found: Sequence[_Found], values: Callable[[Need], Iterable[str]]
) -> list[Group]:
    """The youths by what they answered, the worst served first."""
    by_value: dict[str, list[int]] = {}
    for one in found:
        for value in set(values(one.need)):
            by_value.setdefault(value, []).append(one.suits)
    groups = [
        Group(
            facet=facet,
            value=value,
            youths=len(suits),
            middle=median(suits),
            few=sum(number < FEW for number in suits),
        )
        for value, suits in by_value.items()
        if len(suits) >= _LEAST
    ]
    return sorted(groups, key=lambda group: (-group.share, group.middle, group.value))


def _facets() -> Mapping[str, Callable[[Need], Iterable[str]]]:
    """What the youths are told apart by, each with its values worded."""

    def labels(kind: str, ids: Iterable[str]) -> list[str]:
        return [taxonomy.label(kind, id_) for id_ in ids]

    return {
        _("Domaine"): lambda need: labels("domains", need.project.domains),
        _("Destination"): lambda need: labels("zones", _zones(need)),
        _("Situation"): lambda need: labels("statuses", need.profile.statuses),
        _("Âge"): _age,
        _("Diplôme obtenu"): lambda need: labels(
            "diploma_levels", [need.profile.diploma] if need.profile.diploma else []
        ),
        _("Durée"): _length,
        _("Budget"): _budget,
    }


def _zones(need: Need) -> set[str]:
    named = (taxonomy.zone_of(country) for country in need.project.countries)
    return {*need.project.zones, *(zone for zone in named if zone)}


def _age(need: Need) -> list[str]:
    born = need.profile.birth_date
    if born is None:
        return []
    age = (need.today - born).days // 365
    for most, label in ((17, _("moins de 18 ans")), (21, _("18 à 21 ans")), (25, _("22 à 25 ans"))):
        if age <= most:
            return [label]
    return [_("26 à 30 ans") if age <= 30 else _("plus de 30 ans")]


def _length(need: Need) -> list[str]:
    weeks = need.project.duration_max_weeks or need.project.duration_min_weeks
    if weeks is None:
        return []
    bands = taxonomy.entries("durations").values()
    return [next(b for b in bands if b.max_weeks is None or weeks <= b.max_weeks).label()]


def _budget(need: Need) -> list[str]:
    euros = need.profile.budget_eur
    if euros is None:
        return []
    bands = taxonomy.entries("budget_bands").values()
    return [next(b for b in bands if b.max_eur is None or euros <= b.max_eur).label()]

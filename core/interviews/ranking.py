"""The ranking of the published sheets for one need, by the structure's strategy or blend, with a way out when it fails.

A ranking is made again at each change of the interview form. What is stored is by what it was made, once a sheet is kept
(`kept.put`).
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from core.catalogue import service as catalogue
from core.contracts.matching import Catalogue, Need, Profile, Programme, Project, Verdict
from core.extension.state import Snapshot
from core.matching import blend
from core.matching.asking import Asked, Part, best_first, judge
from core.matching.choice import FALLBACK, available, read_choice
from core.platform import Platform
from core.web.i18n import _

_EXPLAINED = 400
"""Of those proposed and of those excluded, how many come with reasons: nobody reads more."""


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict for every published sheet, best first, the excluded last; the first hundreds of each with their reasons.

    `parts` are the strategies that made it. `fallback` says that others than those of the structure did; `problem` words
    why, for the advisor. `programmes` are the sheets that were ranked, by id.
    """

    label: str
    parts: tuple[Part, ...]
    verdicts: tuple[Verdict, ...]
    programmes: Mapping[str, Programme]
    fallback: bool = False
    problem: str = ""

    @property
    def strategy(self) -> str:
        """The key of the strategy, the weightiest one of a blend."""
        return self.parts[0].strategy

    def verdict(self, programme_id: str) -> Verdict | None:
        """The verdict on one sheet; None when it is not published any more."""
        return next((v for v in self.verdicts if v.programme_id == programme_id), None)

    def place(self, programme_id: str) -> int | None:
        """Where a sheet stands among those proposed, from 1; None for one that is excluded or unknown."""
        proposed = (v.programme_id for v in self.verdicts if not v.excluded)
        return next((n for n, id_ in enumerate(proposed, start=1) if id_ == programme_id), None)

    @property
    def proposed(self) -> int:
        """How many are not excluded."""
        return sum(not verdict.excluded for verdict in self.verdicts)


async def rank_for(
    platform: Platform,
    structure_id: UUID,
    profile: Profile,
    project: Project,
    *,
    about: str = "",
) -> Ranking:
    """The ranking for a profile and a project, today, with the plugins as they are now; `about` is explained in any case."""
    today = platform.clock.now().astimezone(platform.zone).date()
    need = Need(profile=profile, project=project, today=today)
    snapshot = await platform.plugins.current()
    return await rank(platform, snapshot, structure_id, need, about=about)


async def rank(
    platform: Platform, snapshot: Snapshot, structure_id: UUID, need: Need, *, about: str = ""
) -> Ranking:
    """Ranks with what the structure chose; else with another strategy that is on; else by dates of application.

    Never raises for a strategy's fault: it moves on to the last resort and says so.
    """
    sheets = await catalogue.read_catalogue(platform)
    wanted = (await read_choice(platform, snapshot, structure_id)).weights
    on = available(platform, snapshot, structure_id)
    weights = {key: weight for key, weight in wanted.items() if key in on}
    if not weights:
        weights = {next((key for key in on if key != FALLBACK), FALLBACK): 100}
    asked = [
        await judge(platform, snapshot, on[key], structure_id, need=need, catalogue=sheets)
        for key in weights
    ]
    answered = [one for one in asked if not one.problem]
    verdicts = await _told(platform, answered, weights, sheets, about)
    if verdicts is None:
        last = platform.board.strategies[FALLBACK]
        answered = [
            await judge(platform, snapshot, last, structure_id, need=need, catalogue=sheets)
        ]
        verdicts = await _told(platform, answered, {FALLBACK: 100}, sheets, about)
        if verdicts is None:
            return _nothing(platform)
    parts = blend.parts(answered, weights)
    return Ranking(
        label=blend.label(parts),
        parts=parts,
        verdicts=verdicts,
        programmes={programme.id: programme for programme in sheets.programmes},
        fallback={part.strategy for part in parts} != set(wanted),
        problem=_problem(platform, wanted, asked, parts),
    )


async def _told(
    platform: Platform,
    answered: Sequence[Asked],
    weights: Mapping[str, int],
    sheets: Catalogue,
    about: str,
) -> tuple[Verdict, ...] | None:
    """The verdicts in order, with the reasons of those that are shown; None when a strategy does not give them."""
    if not answered or answered[0].problem:
        return None
    whole = blend.blended(answered, weights)
    order = best_first(whole)
    out = [place for place in order if whole.excluded[place]]
    proposed = [place for place in order if not whole.excluded[place]]
    shown = proposed[:_EXPLAINED] + out[:_EXPLAINED]
    asked_about = [place for place in order if sheets.programmes[place].id == about]
    shown += [place for place in asked_about if place not in shown]
    ids = [sheets.programmes[place].id for place in shown]
    told = await blend.explain(platform, answered, whole, shown, ids)
    if told is None:
        return None
    return tuple(
        told.get(place)
        or Verdict(
            programme_id=sheets.programmes[place].id,
            score=float(whole.scores[place]),
            excluded=bool(whole.excluded[place]),
        )
        for place in order
    )


def _problem(
    platform: Platform,
    wanted: Mapping[str, int],
    asked: Sequence[Asked],
    parts: Sequence[Part],
) -> str:
    """Why the ranking is not by what the structure chose; nothing when it is."""
    made_by = {part.strategy for part in parts}
    by = blend.names([part.label for part in parts])
    broken = [one.owned.item for one in asked if one.owned.item.key not in made_by]
    if broken and made_by == {FALLBACK}:
        said = _("« %(strategy)s » n’a pas répondu : les fiches sont classées par dates.")
    elif broken:
        said = _("« %(strategy)s » n’a pas répondu : le classement vient de « %(other)s ».")
    elif made_by.isdisjoint(wanted):
        return _(
            "Le classement choisi par la structure est désactivé : « %(strategy)s » le remplace."
        ) % {"strategy": by}
    else:
        known = platform.board.strategies
        broken = [known[key].item for key in wanted if key in known and key not in made_by]
        said = _("« %(strategy)s » est désactivé : le classement vient de « %(other)s ».")
    if made_by == set(wanted):
        return ""
    labels = blend.names([strategy.label for strategy in broken])
    return said % {"strategy": labels, "other": by}


def _nothing(platform: Platform) -> Ranking:
    """Not even the last resort answered."""
    last = platform.board.strategies[FALLBACK].item
    return Ranking(
        label=_(last.label),
        parts=(Part(strategy=last.key, label=last.label),),
        verdicts=(),
        programmes={},
        fallback=True,
        problem=_("Le classement ne répond pas pour le moment. Vos saisies sont enregistrées."),
    )

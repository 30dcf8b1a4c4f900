"""The ranking of the published sheets for one need, by the structure's strategy, with a way out when it fails.

A ranking is made again at each change of the interview form, so nothing here is stored.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from core.catalogue import service as catalogue
from core.contracts.context import PluginContext
from core.contracts.matching import MatchingStrategy, Need, Profile, Programme, Project, Verdict
from core.extension.board import Owned
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.i18n import _

FALLBACK = "core:earliest_first"


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict for every published sheet, in the strategy's order.

    `fallback` says that another strategy than the structure's made it; `problem` words why, for the advisor.
    `programmes` are the sheets that were ranked, by id.
    """

    strategy: str
    label: str
    verdicts: tuple[Verdict, ...]
    programmes: Mapping[str, Programme]
    fallback: bool = False
    problem: str = ""

    def verdict(self, programme_id: str) -> Verdict | None:
        """The verdict on one sheet; None when it is not published any more."""
        return next((v for v in self.verdicts if v.programme_id == programme_id), None)


async def rank_for(
    platform: Platform, structure_id: UUID, profile: Profile, project: Project
) -> Ranking:
    """The ranking for a profile and a project, today, with the plugins as they are now."""
    today = platform.clock.now().astimezone(platform.zone).date()
    need = Need(profile=profile, project=project, today=today)
    return await rank(platform, await platform.plugins.current(), structure_id, need)


async def rank(platform: Platform, snapshot: Snapshot, structure_id: UUID, need: Need) -> Ranking:
    """Ranks with the structure's strategy; else with another that is on; else by dates of application.

    Never raises for a strategy's fault: it moves on to the last resort and says so.
    """
    programmes = await catalogue.published(platform)
    wanted = await platform.db.fetch_value(
        "SELECT strategy FROM structure WHERE id = $1", structure_id
    )
    chosen = _choose(platform, snapshot, structure_id, wanted)
    problem = "" if chosen.item.key == wanted else _absent(chosen)
    context = platform.context(chosen.plugin_id, snapshot, structure_id)
    verdicts, fault = await _ask(platform, context, chosen, need, programmes)
    if fault and chosen.item.key != FALLBACK:
        problem = _("« %(strategy)s » n’a pas répondu : les fiches sont classées par dates.") % {
            "strategy": chosen.item.label
        }
        chosen = platform.board.strategies[FALLBACK]
        context = platform.context(chosen.plugin_id, snapshot, structure_id)
        verdicts, fault = await _ask(platform, context, chosen, need, programmes)
    if fault:
        problem = _("Le classement ne répond pas pour le moment. Vos saisies sont enregistrées.")
    return Ranking(
        strategy=chosen.item.key,
        label=chosen.item.label,
        verdicts=verdicts,
        programmes={programme.id: programme for programme in programmes},
        fallback=chosen.item.key != wanted,
        problem=problem,
    )


def _choose(
    platform: Platform, snapshot: Snapshot, structure_id: UUID, wanted: str
) -> Owned[MatchingStrategy]:
    """The strategy that the structure wants, or the first other one that is on, or the last resort."""
    strategies = platform.board.strategies
    for key in (wanted, *(key for key in strategies if key != FALLBACK)):
        if key in strategies and snapshot.is_on(strategies[key].plugin_id, structure_id):
            return strategies[key]
    return strategies[FALLBACK]


def _absent(chosen: Owned[MatchingStrategy]) -> str:
    return _(
        "Le classement choisi par la structure est désactivé : « %(strategy)s » le remplace."
    ) % {"strategy": chosen.item.label}


async def _ask(
    platform: Platform,
    context: PluginContext,
    owned: Owned[MatchingStrategy],
    need: Need,
    programmes: Sequence[Programme],
) -> tuple[tuple[Verdict, ...], str]:
    """The verdicts and no fault, or none and what went wrong."""

    def call() -> list[Verdict]:
        verdicts = list(owned.item.rank(context, need, programmes))
        _check(verdicts, programmes)
        return verdicts

    outcome = await platform.dispatch.ask(
        owned.plugin_id, "matching_strategy", call, tuple[Verdict, ...]
    )
    return outcome.value or (), outcome.problem


def _check(verdicts: Sequence[Verdict], programmes: Sequence[Programme]) -> None:
    """Refuses an answer that forgets a sheet, invents one or scores out of bounds."""
    judged = sorted(verdict.programme_id for verdict in verdicts)
    if judged != sorted(programme.id for programme in programmes):
        raise ValueError("a verdict is needed for each programme, exactly once")
    if not all(0 <= verdict.score <= 1 for verdict in verdicts):
        raise ValueError("scores go from 0 to 1")

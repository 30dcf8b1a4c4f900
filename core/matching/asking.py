"""Asks strategies: judge a catalogue, then tell what is shown. One place knows which strategy can do what.

A strategy that fails, forgets a sheet or scores out of bounds is a problem in words, never an exception.
"""

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from msgspec.structs import replace

from core.contracts.context import PluginContext
from core.contracts.matching import (
    Catalogue,
    Crowd,
    EditedStrategy,
    Edition,
    Judgement,
    MatchingStrategy,
    Need,
    Programme,
    QuickStrategy,
    Scored,
    TwoWayStrategy,
    Verdict,
)
from core.extension.board import Owned
from core.extension.state import Snapshot
from core.platform import Platform

CAPABILITY = "matching_strategy"
_SAME = 1e-6


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that had a say in a ranking, at a version, with its weight among the others."""

    strategy: str
    label: str = ""
    version: str = ""
    weight: int = 100


class OneByOne:
    """Verdicts given one by one, place by place."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self._verdicts = verdicts
        self.scores = [verdict.score for verdict in verdicts]
        self.excluded = [verdict.excluded for verdict in verdicts]

    def explain(self, place: int) -> Verdict:
        """The verdict as it was given."""
        return self._verdicts[place]


class Told(OneByOne):
    """The judgement of a strategy that only ranks, with its own `order` of the places."""

    def __init__(self, verdicts: Sequence[Verdict], programmes: Sequence[Programme]) -> None:
        by_id = {verdict.programme_id: verdict for verdict in verdicts}
        if len(by_id) != len(verdicts) or by_id.keys() != {p.id for p in programmes}:
            raise ValueError("a verdict is needed for each programme, exactly once")
        super().__init__([by_id[programme.id] for programme in programmes])
        places = {programme.id: place for place, programme in enumerate(programmes)}
        self.order = [places[verdict.programme_id] for verdict in verdicts]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy at work on one need: its judgement, or the problem."""

    owned: Owned[MatchingStrategy]
    context: PluginContext
    version: str = ""
    judgement: Any = None
    problem: str = ""


async def context_for(
    platform: Platform,
    snapshot: Snapshot,
    owned: Owned[MatchingStrategy],
    structure_id: UUID | None,
    locale: str = "fr",
) -> tuple[PluginContext, str]:
    """The context of a strategy, with the edition of its rules in force; and a problem when that cannot be read."""
    context = platform.context(owned.plugin_id, snapshot, structure_id, locale=locale)
    strategy = owned.item
    if not isinstance(strategy, EditedStrategy):
        return context, ""

    async def read() -> Any:
        return await platform.dispatch.ask(
            owned.plugin_id, CAPABILITY, lambda: strategy.read_edition(context), Edition
        )

    outcome = await platform.memory.get(("edition", strategy.key), read)
    return replace(context, edition=outcome.value), outcome.problem


def version_of(platform: Platform, owned: Owned[MatchingStrategy], context: PluginContext) -> str:
    """The version of a strategy: of its rules where they are edited, else of its plugin."""
    if context.edition is not None:
        edition: Edition = context.edition
        return edition.version
    manifest = platform.board.plugins[owned.plugin_id].manifest
    return manifest.version if manifest else ""


async def judge(
    platform: Platform,
    snapshot: Snapshot,
    owned: Owned[MatchingStrategy],
    structure_id: UUID | None,
    *,
    need: Need,
    catalogue: Catalogue,
) -> Asked:
    """Asks one strategy for its judgement of every sheet."""
    context, problem = await context_for(platform, snapshot, owned, structure_id)
    if problem:
        return Asked(owned=owned, context=context, problem=problem)
    outcome = await platform.dispatch.ask(
        owned.plugin_id,
        CAPABILITY,
        lambda: judged(owned.item, context, need, catalogue),
        Any,
        structure_id=structure_id,
    )
    return Asked(
        owned=owned,
        context=context,
        version=version_of(platform, owned, context),
        judgement=outcome.value,
        problem=outcome.problem,
    )


def judged(
    strategy: MatchingStrategy, context: PluginContext, need: Need, catalogue: Catalogue
) -> Judgement:
    """The judgement of every sheet, the quick way or by ranking. Raises `ValueError` when it is not one."""
    found: Judgement = (
        strategy.judge(context, need, catalogue)
        if isinstance(strategy, QuickStrategy)
        else Told(strategy.rank(context, need, catalogue.programmes), catalogue.programmes)
    )
    check(found, len(catalogue.programmes))
    return found


def check(found: Judgement, count: int) -> None:
    """Refuses a judgement that forgets a place or scores out of bounds."""
    scores = np.asarray(found.scores, float)
    if scores.shape != (count,) or len(found.excluded) != count:
        raise ValueError("a verdict is needed for each programme, exactly once")
    if not np.all((scores >= 0) & (scores <= 1)):  # refuses what is not a number, too
        raise ValueError("scores go from 0 to 1")


def best_first(found: Scored) -> list[int]:
    """The places in order: the best score first, equals as they stand (by id), the excluded last."""
    if isinstance(found, Told):
        return found.order
    excluded = np.asarray(found.excluded, bool)
    order: list[int] = np.argsort(
        np.where(excluded, 1.0, -np.asarray(found.scores)), kind="stable"
    ).tolist()
    return order


async def explain(
    platform: Platform, asked: Asked, places: Sequence[int], ids: Sequence[str]
) -> tuple[Verdict, ...] | None:
    """The verdicts at these places, of these sheets; None when the strategy does not give them, or says something else than
    it judged.
    """
    found: Judgement = asked.judgement

    def call() -> tuple[Verdict, ...]:
        verdicts = tuple(found.explain(place) for place in places)
        for place, id_, verdict in zip(places, ids, verdicts, strict=True):
            same = math.isclose(verdict.score, found.scores[place], abs_tol=_SAME)
            if verdict.programme_id != id_ or not same:
                raise ValueError("a reason was given for another verdict")
        return verdicts

    outcome = await platform.dispatch.ask(
        asked.owned.plugin_id, CAPABILITY, call, tuple[Verdict, ...]
    )
    verdicts: tuple[Verdict, ...] | None = outcome.value
    return verdicts


async def judge_crowd(
    platform: Platform,
    snapshot: Snapshot,
    owned: Owned[MatchingStrategy],
    structure_id: UUID | None,
    *,
    crowd: Crowd,
    programme: Programme,
    catalogue: Catalogue,
) -> Asked:
    """Asks one strategy what it says of one sheet of the catalogue for every need of a crowd.

    One that cannot is asked for each need in turn, of the whole catalogue: a score may depend on the other sheets.
    """
    context, problem = await context_for(platform, snapshot, owned, structure_id)
    if problem:
        return Asked(owned=owned, context=context, problem=problem)
    strategy = owned.item

    def call() -> Judgement:
        if isinstance(strategy, TwoWayStrategy):
            found = strategy.judge_crowd(context, crowd, programme)
        else:
            place = catalogue.programmes.index(programme)
            found = OneByOne(
                [judged(strategy, context, need, catalogue).explain(place) for need in crowd.needs]
            )
        check(found, len(crowd.needs))
        return found

    outcome = await platform.dispatch.ask(owned.plugin_id, CAPABILITY, call, Any)
    return Asked(
        owned=owned,
        context=context,
        version=version_of(platform, owned, context),
        judgement=outcome.value,
        problem=outcome.problem,
    )

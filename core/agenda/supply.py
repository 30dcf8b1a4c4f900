"""What an advisor's supply is made of: open time from the providers, busy time from the sources, all of them plugins.

Policies (DESIGN section 5): a provider that fails keeps its last good slots, and is marked stale; a busy source that
fails, or that closes an advisor, hides the advisor.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Literal
from uuid import UUID

import msgspec

from core.agenda.asking import Asking, Question, checked_busy, checked_open
from core.agenda.free import Offer, stand_apart
from core.agenda.providers import OPENINGS
from core.agenda.recurrence import instant
from core.agenda.terms import Terms
from core.clock import local_date
from core.contracts.agenda import (
    BusyAnswer,
    BusySource,
    BusyTime,
    OpenTime,
    SlotProvider,
    SlotQuery,
)
from core.extension.active import active
from core.extension.board import Board, Owned
from core.extension.state import Snapshot
from core.platform import Platform

_NOBODY: "Team" = {}
_UNANSWERED = "Cette source ne répond pas comme attendu."  # stored, so always in French


class OfferingStructure(msgspec.Struct, frozen=True, kw_only=True):
    """A structure where an advisor may offer slots: the years of its agreement, its enabled sites, its terms."""

    id: UUID
    years: frozenset[int]
    sites: frozenset[UUID]
    terms: Terms


class SlotRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the projection, without its advisor. `is_counted`: one of those that can all be held."""

    structure: UUID
    starts_at: datetime
    ends_at: datetime
    site: UUID | None
    channels: tuple[str, ...]
    provider: str
    source: str
    buffer_minutes: int = 0
    is_counted: bool = True


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin's failure does to the advisor's slots, and why, in French."""

    effect: Literal["hidden", "stale"]
    reason: str


Team = Mapping[UUID, Sequence[OfferingStructure]]
"""Advisors who are asked about together, each with the structures where they offer slots."""


class Supply:
    """Asks the plugins about one advisor of a team. `problems` and `outside`, by key of the plugin's object, fill as they are asked.

    `outside` is what the sources of plugins said of busy time: our own absences are known otherwise. `plain` are the structures
    where all open time is that of openings which never overlap, whatever their channels.
    """

    def __init__(
        self,
        platform: Platform,
        snapshot: Snapshot,
        advisor_id: UUID,
        asking: Asking | None = None,
    ) -> None:
        self._platform = platform
        self._snapshot = snapshot
        self.advisor_id = advisor_id
        self._asking = asking or Asking(platform)
        self._channels = platform.board.channels
        self.problems: dict[str, Problem] = {}
        self.outside: dict[str, list[BusyTime]] = {}
        self.plain: set[UUID] = set()

    async def admitted(self, structures: Sequence[OfferingStructure]) -> list[OfferingStructure]:
        """The structures that every publication gate lets offer slots. A gate that fails closes its structures."""
        closed: set[UUID] = set()
        for owned in self._platform.board.publication_gates:
            concerned = [
                one.id for one in structures if self._snapshot.is_on(owned.plugin_id, one.id)
            ]
            if not concerned:
                continue
            context = self._platform.context(owned.plugin_id, self._snapshot)
            question = Question(
                owned=owned,
                capability="publication_gate",
                expected=dict[UUID, str],
                about=(owned.item.key, *concerned),
            )
            call = partial(owned.item.closed, context, concerned)
            outcome = await self._asking.once(question, call)
            reasons: Mapping[UUID, str] = (
                outcome.value
                if outcome.value is not None
                else dict.fromkeys(concerned, _UNANSWERED)
            )
            shut = [one for one in concerned if one in reasons]
            if shut:
                self.problems[owned.item.key] = Problem(effect="hidden", reason=reasons[shut[0]])
                closed.update(shut)
        return [one for one in structures if one.id not in closed]

    async def busy(
        self, structures: Sequence[OfferingStructure], team: Team = _NOBODY
    ) -> Sequence[BusyTime] | None:
        """Busy time from each source that is on in one of the structures; None when the advisor must be hidden."""
        horizon = _horizon(structures)
        busy: list[BusyTime] = []
        hidden = False
        for owned in self._platform.board.busy_sources:
            if not self._is_on(owned, structures):
                continue
            question = Question(
                owned=owned,
                capability="busy_source",
                expected=BusyAnswer,
                about=(owned.item.key, horizon),
            )
            others = [
                one
                for one, theirs in team.items()
                if self._is_on(owned, theirs) and _horizon(theirs) == horizon
            ]
            outcome = await self._asking.together(
                question, partial(self._list_busy, owned, horizon), self.advisor_id, others
            )
            reason = _UNANSWERED
            if outcome.value is not None:
                reason = outcome.value.closed.get(self.advisor_id, "")
                told = [one for one in outcome.value.busy if one.advisor_id == self.advisor_id]
                busy += told
                if owned.plugin_id != "core":
                    self.outside[owned.item.key] = told
            if reason:
                self.problems[owned.item.key] = Problem(effect="hidden", reason=reason)
                hidden = True
        return None if hidden else busy

    async def offers(
        self,
        structure: OfferingStructure,
        last_good: Sequence[SlotRow],
        team: Sequence[UUID] = (),
    ) -> list[Offer]:
        """Open time from each provider that is on in the structure, with the channels that can be booked there now.

        `last_good` are the structure's present slots, for the providers that fail; `team` those who offer slots there too.
        """
        told: list[tuple[str, OpenTime]] = []
        board = self._platform.board
        for owned in active(board, self._snapshot, Board.slot_providers, structure.id):
            key = owned.item.key
            question = Question(
                owned=owned,
                capability="slot_provider",
                expected=list[OpenTime],
                about=(key, structure.id),
            )
            outcome = await self._asking.together(
                question, partial(self._list_open, owned, structure), self.advisor_id, team
            )
            if outcome.value is None:
                self.problems[key] = Problem(effect="stale", reason=_UNANSWERED)
                stretches = [self._stretch(row) for row in last_good if row.provider == key]
            else:
                stretches = [one for one in outcome.value if one.advisor_id == self.advisor_id]
            told += [(key, stretch) for stretch in stretches]
        if self._is_plain(told):
            self.plain.add(structure.id)
        possible = ((key, self._possible(structure, stretch)) for key, stretch in told)
        return [Offer(provider=key, open=one) for key, one in possible if one.channels]

    def _is_plain(self, told: Sequence[tuple[str, OpenTime]]) -> bool:
        """Whether these are the openings as they are now, none over another."""
        keys = {OPENINGS, *(key for key, _ in told)}
        return keys == {OPENINGS} - self.problems.keys() and stand_apart(one for _, one in told)

    def _is_on(self, owned: Owned[BusySource], structures: Sequence[OfferingStructure]) -> bool:
        return any(self._snapshot.is_on(owned.plugin_id, one.id) for one in structures)

    async def _list_busy(
        self, owned: Owned[BusySource], horizon_days: int, advisor_ids: Sequence[UUID]
    ) -> BusyAnswer:
        context = self._platform.context(owned.plugin_id, self._snapshot)
        query = self._query(advisor_ids, horizon_days)
        return await checked_busy(partial(owned.item.list_busy, context, query))

    async def _list_open(
        self,
        owned: Owned[SlotProvider],
        structure: OfferingStructure,
        advisor_ids: Sequence[UUID],
    ) -> list[OpenTime]:
        context = self._platform.context(owned.plugin_id, self._snapshot, structure.id)
        terms = structure.terms
        query = self._query(advisor_ids, terms.horizon_days, terms.slot_minutes)
        return await checked_open(partial(owned.item.list_open, context, query))

    def _query(
        self, advisor_ids: Sequence[UUID], horizon_days: int, slot_minutes: int | None = None
    ) -> SlotQuery:
        """From the beginning of today, so that a stretch under way keeps its grid, to the end of the day past the horizon."""
        zone = self._platform.zone
        today = local_date(self._platform.clock.now(), zone)
        return SlotQuery(
            starts_at=instant(today, time.min, zone),
            ends_at=instant(today + timedelta(days=horizon_days + 2), time.min, zone),
            advisor_ids=tuple(advisor_ids),
            slot_minutes=slot_minutes or self._platform.settings.booking.slot_minutes,
        )

    def _possible(self, structure: OfferingStructure, stretch: OpenTime) -> OpenTime:
        """The stretch at an enabled site of the structure or none, with the channels that are on and have what they need."""
        known = self._channels
        site_id = stretch.site_id if stretch.site_id in structure.sites else None
        channels = tuple(
            key
            for key in stretch.channels
            if key in known
            and self._snapshot.is_on(known[key].plugin_id, structure.id)
            and (site_id is not None or not known[key].item.needs_site)
        )
        return msgspec.structs.replace(stretch, site_id=site_id, channels=channels)

    def _stretch(self, row: SlotRow) -> OpenTime:
        return OpenTime(
            advisor_id=self.advisor_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            channels=row.channels,
            site_id=row.site,
            source=row.source,
            slot_minutes=(row.ends_at - row.starts_at) // timedelta(minutes=1),
        )


def _horizon(structures: Sequence[OfferingStructure]) -> int:
    """How many days ahead an advisor of these structures is asked about."""
    return max(structure.terms.horizon_days for structure in structures)

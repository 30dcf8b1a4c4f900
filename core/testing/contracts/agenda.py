"""What is expected of slot providers and of busy sources."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar

from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.contracts.agenda import BusyAnswer, BusySource, OpenTime, SlotProvider, SlotQuery
from core.contracts.context import PluginContext
from core.testing.contracts.base import EFFORT, Contract, answer, cut_off
from core.testing.places import TwoStructures

_LONGEST = timedelta(hours=25)
_windows = st.tuples(st.floats(0, 60), st.floats(0.1, 40))


class SlotProviderContract(Contract):
    """What the platform expects of every `SlotProvider`."""

    factory: ClassVar[Callable[[], SlotProvider]]

    async def _open(
        self, provider: SlotProvider, context: PluginContext, query: SlotQuery
    ) -> Sequence[OpenTime]:
        found: Sequence[OpenTime] = await answer(
            lambda: provider.list_open(context, query), list[OpenTime], "list_open"
        )
        return found

    @effort(EFFORT, max_examples=12)
    @given(window=_windows)
    async def test_open_time_is_of_the_asked_advisors_and_touches_the_window(
        self, two_structures: TwoStructures, window: tuple[float, float]
    ) -> None:
        """Nothing about anybody else, nothing outside, nothing upside down."""
        place = two_structures.here
        query = place.query(after=window[0], days=window[1])
        for open_time in await self._open(self.make(), place.context(self.settings), query):
            assert open_time.advisor_id in query.advisor_ids, "an advisor who was not asked about"
            assert open_time.starts_at < open_time.ends_at, "a stretch ends before it starts"
            assert open_time.ends_at - open_time.starts_at <= _LONGEST, "a stretch of over 25 hours"
            assert open_time.starts_at < query.ends_at, "a stretch after the window"
            assert open_time.ends_at > query.starts_at, "a stretch before the window"
            assert open_time.channels, "a stretch without a channel offers nothing"
            in_person = "in_person" in open_time.channels
            assert not in_person or open_time.site_id, "in person needs a site_id"

    async def test_nobody_asked_about_is_nobody_open(self, two_structures: TwoStructures) -> None:
        """No advisor, no open time."""
        place = two_structures.here
        query = SlotQuery(
            starts_at=place.query().starts_at, ends_at=place.query().ends_at, advisor_ids=()
        )
        assert await self._open(self.make(), place.context(self.settings), query) == []

    async def test_an_answer_stands_until_something_changes(
        self, two_structures: TwoStructures
    ) -> None:
        """The same question, the same answer."""
        place, provider = two_structures.here, self.make()
        told = place.context(self.settings)
        first = await self._open(provider, told, place.query())
        assert await self._open(provider, told, place.query()) == first

    async def test_one_structure_knows_nothing_of_another(
        self, two_structures: TwoStructures
    ) -> None:
        """What was asked for one structure does not show in the answer for the next."""
        here, there = two_structures.here, two_structures.there
        alone = await self._open(self.make(), there.context(self.settings), there.query())
        provider = self.make()
        await self._open(provider, here.context(self.settings), here.query())
        after = await self._open(provider, there.context(self.settings), there.query())
        assert after == alone, "the provider remembers another structure"

    async def test_a_network_that_is_down_opens_nothing_more(
        self, two_structures: TwoStructures
    ) -> None:
        """It raises, or tells what it told before: never invented slots."""
        place, provider = two_structures.here, self.make()
        told = place.context(self.settings)
        before = await self._open(provider, told, place.query())
        try:
            found = await provider.list_open(cut_off(told), place.query())
        except Exception:  # noqa: BLE001 - raising is the good answer: the last slots stay
            return
        assert all(one in before for one in found), "slots that nobody can vouch for"


class BusySourceContract(Contract):
    """What the platform expects of every `BusySource`."""

    factory: ClassVar[Callable[[], BusySource]]

    async def _busy(
        self, source: BusySource, context: PluginContext, query: SlotQuery
    ) -> BusyAnswer:
        found: BusyAnswer = await answer(
            lambda: source.list_busy(context, query), BusyAnswer, "list_busy"
        )
        return found

    @effort(EFFORT, max_examples=12)
    @given(window=_windows)
    async def test_busy_time_is_of_the_asked_advisors_and_touches_the_window(
        self, two_structures: TwoStructures, window: tuple[float, float]
    ) -> None:
        """Nothing about anybody else, nothing upside down; who is closed is told why."""
        place = two_structures.here
        query = place.query(after=window[0], days=window[1])
        found = await self._busy(self.make(), place.region(self.settings), query)
        for busy in found.busy:
            assert busy.advisor_id in query.advisor_ids, "an advisor who was not asked about"
            assert busy.starts_at < busy.ends_at, "a stretch ends before it starts"
            assert busy.starts_at < query.ends_at, "a stretch after the window"
            assert busy.ends_at > query.starts_at, "a stretch before the window"
        for advisor_id, reason in found.closed.items():
            assert advisor_id in query.advisor_ids, "closes an advisor who was not asked about"
            assert reason.strip(), "an advisor who is closed is told why"

    async def test_an_answer_stands_until_something_changes(
        self, two_structures: TwoStructures
    ) -> None:
        """The same question, the same answer."""
        place, source = two_structures.here, self.make()
        told = place.region(self.settings)
        first = await self._busy(source, told, place.query())
        assert await self._busy(source, told, place.query()) == first

    async def test_one_advisor_knows_nothing_of_another(
        self, two_structures: TwoStructures
    ) -> None:
        """Asked about some people, then about others: the second answer is theirs alone."""
        here, there = two_structures.here, two_structures.there
        told = here.region(self.settings, there)
        alone = await self._busy(self.make(), told, there.query())
        source = self.make()
        await self._busy(source, told, here.query())
        after = await self._busy(source, told, there.query())
        assert after == alone, "the source remembers other advisors"

    async def test_a_network_that_is_down_makes_nobody_look_freer(
        self, two_structures: TwoStructures
    ) -> None:
        """It raises, closes the advisors, or tells at least the busy time that it told before."""
        place, source = two_structures.here, self.make()
        told = place.region(self.settings)
        before = await self._busy(source, told, place.query())
        try:
            found = await source.list_busy(cut_off(told), place.query())
        except Exception:  # noqa: BLE001 - raising is a good answer: the slots are hidden
            return
        freer = [
            busy
            for busy in before.busy
            if busy not in found.busy and busy.advisor_id not in found.closed
        ]
        assert not freer, "busy time is forgotten while the network is down: close the advisor"

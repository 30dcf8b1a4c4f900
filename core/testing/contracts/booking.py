"""What is expected of interview channels, of booking rules and of publication gates."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from core.contracts.booking import (
    AppointmentView,
    BookingRequest,
    BookingRule,
    InterviewChannel,
    Meeting,
    RuleRefusal,
)
from core.contracts.context import PluginContext, StructureRef
from core.contracts.gates import PublicationGate
from core.platform import Platform
from core.testing.contracts.base import EFFORT, Contract, answer, context, quickly, typed
from core.testing.places import Place, TwoStructures, book

_RULE_SECONDS = 0.05


class InterviewChannelContract(Contract):
    """What the platform expects of every `InterviewChannel`."""

    factory: ClassVar[Callable[[], InterviewChannel]]

    async def _booked(self, platform: Platform, place: Place, **values: Any) -> AppointmentView:
        channel = self.make()
        site = place.site_id if channel.needs_site else None
        return await book(platform, place, channel=channel.mode, site=site, **values)

    async def _prepared(
        self, channel: InterviewChannel, told: PluginContext, view: AppointmentView
    ) -> Meeting:
        meeting: Meeting = await answer(lambda: channel.prepare(told, view), Meeting, "prepare")
        return meeting

    def test_it_says_what_it_is(self) -> None:
        """A label for people, and a mode that says what the youth must give."""
        channel = self.make()
        assert channel.label.strip(), "label: what people read when they choose"
        assert channel.mode in {"in_person", "video", "phone"}, f"mode: {channel.mode!r} is none"
        assert isinstance(channel.needs_site, bool), "needs_site: True or False"

    async def test_prepared_twice_is_one_meeting(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Preparation is retried, by another object and another process too: the meeting stays the same."""
        place = two_structures.here
        view, told = await self._booked(platform, place), place.context(self.settings)
        first = await self._prepared(self.make(), told, view)
        assert await self._prepared(self.make(), told, view) == first, "two meetings for one"

    async def test_people_are_told_how_to_meet(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """By video: a whole address. A place or a telephone needs none."""
        place, channel = two_structures.here, self.make()
        view = await self._booked(platform, place)
        meeting = await self._prepared(channel, place.context(self.settings), view)
        assert meeting.url or channel.mode != "video", "video: a url to meet at"
        for url in filter(None, (meeting.url, meeting.host_url)):
            parts = urlsplit(url)
            assert parts.scheme in {"http", "https"}, f"{url}: begin with https://"
            assert parts.hostname, f"{url}: no server is named"
        assert 0 <= meeting.opens_minutes_before <= 24 * 60

    async def test_no_address_says_who_comes_and_none_can_be_guessed(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Nothing of a person in an address, which travels; each appointment has its own."""
        place, channel = two_structures.here, self.make()
        told = place.context(self.settings)
        later = platform.clock.now() + timedelta(days=9)
        views = [
            await self._booked(platform, place),
            await self._booked(platform, place, starts_at=later),
        ]
        meetings = [await self._prepared(channel, told, view) for view in views]
        for view, meeting in zip(views, meetings, strict=True):
            for url in (meeting.url, meeting.host_url):
                for word in (view.youth.email, view.youth.phone, *view.youth.name.split()):
                    assert not word or word.lower() not in url.lower(), f"{word!r} is in {url}"
                assert str(view.id) not in url, "the appointment's id is no secret: sign it"
        urls = [meeting.url for meeting in meetings]
        assert urls[0] != urls[1] or not urls[0], "two appointments share an address"

    async def test_given_up_twice_does_no_harm(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Release is retried, and may come for what was never prepared."""
        place, channel = two_structures.here, self.make()
        told, view = place.context(self.settings), await self._booked(platform, place)
        for _ in range(2):
            await answer(lambda: channel.release(told, view), None, "release")
        await self._prepared(channel, told, view)
        for _ in range(2):
            await answer(lambda: channel.release(told, view), None, "release")


_HERE = StructureRef(id=UUID(int=1), name="Info Jeunes Essai")
_words = st.text(max_size=30)


@st.composite
def requests(draw: st.DrawFn) -> BookingRequest:
    """What anyone might send, at any hour."""
    return BookingRequest(
        structure=_HERE,
        channel=draw(st.sampled_from(["in_person", "video", "phone"])),
        mode=draw(st.sampled_from(["in_person", "video", "phone"])),
        starts_at=draw(
            st.datetimes(datetime(2026, 12, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
        ),
        youth_name=draw(_words),
        email=draw(st.sampled_from(["", "alix@example.org", "nowhere"])),
        phone=draw(st.sampled_from(["", "06 12 34 56 78", "123"])),
        birth_date=draw(st.none() | st.dates(date(1980, 1, 1), date(2030, 1, 1))),
        commune_insee=draw(st.sampled_from(["", "33063", "75056"])),
        in_region=draw(st.booleans()),
        lead_hours=draw(st.integers(0, 96)),
        by_staff=draw(st.booleans()),
        referred=draw(st.booleans()),
    )


class BookingRuleContract(Contract):
    """What the platform expects of every `BookingRule`. A rule is pure: it is asked without a platform."""

    factory: ClassVar[Callable[[], BookingRule]]

    def _check(self, rule: BookingRule, request: BookingRequest) -> Sequence[RuleRefusal]:
        told = context(self.settings)
        found = quickly(lambda: rule.check(told, request), _RULE_SECONDS, "check")
        refusals: Sequence[RuleRefusal] = typed(list(found), list[RuleRefusal], "check")
        return refusals

    @effort(EFFORT, max_examples=60)
    @given(request_=requests())
    def test_whatever_is_sent_it_answers_the_same_each_time(self, request_: BookingRequest) -> None:
        """It never fails (that would refuse everyone), and does not change its mind."""
        rule = self.make()
        first = self._check(rule, request_)
        assert self._check(rule, request_) == first
        assert self._check(self.make(), request_) == first

    @effort(EFFORT, max_examples=60)
    @given(request_=requests())
    def test_a_refusal_says_why_in_a_sentence(self, request_: BookingRequest) -> None:
        """A whole sentence, under the rule's own key."""
        rule = self.make()
        for refusal in self._check(rule, request_):
            assert refusal.rule == rule.key, f"{refusal.rule!r}: name your own key, {rule.key!r}"
            assert refusal.message.rstrip().endswith((".", "!", "?", ".)")), refusal.message

    @effort(EFFORT, max_examples=40)
    @given(first=requests(), second=requests())
    def test_one_booking_does_not_weigh_on_the_next(
        self, first: BookingRequest, second: BookingRequest
    ) -> None:
        """Nothing is remembered."""
        rule = self.make()
        alone = self._check(self.make(), second)
        self._check(rule, first)
        assert self._check(rule, second) == alone


class PublicationGateContract(Contract):
    """What the platform expects of every `PublicationGate`."""

    factory: ClassVar[Callable[[], PublicationGate]]

    async def _closed(
        self, gate: PublicationGate, told: PluginContext, *structures: UUID
    ) -> Mapping[UUID, str]:
        found: Mapping[UUID, str] = await answer(
            lambda: gate.closed(told, list(structures)), dict[UUID, str], "closed"
        )
        return found

    async def test_it_speaks_of_the_structures_it_is_asked_about_and_says_why(
        self, two_structures: TwoStructures
    ) -> None:
        """A reason in words for each closed one; nobody asked about, nobody closed."""
        here, there = two_structures.here, two_structures.there
        told, gate = here.region(self.settings, there), self.make()
        found = await self._closed(gate, told, here.structure.id)
        assert set(found) <= {here.structure.id}, "closes a structure that was not asked about"
        assert all(reason.strip() for reason in found.values()), "a closed structure is told why"
        assert await self._closed(gate, told) == {}

    async def test_one_structure_weighs_nothing_on_another(
        self, two_structures: TwoStructures
    ) -> None:
        """Asked alone, together or twice: the same answer."""
        here, there = two_structures.here, two_structures.there
        told, gate = here.region(self.settings, there), self.make()
        ids = here.structure.id, there.structure.id
        together = await self._closed(gate, told, *ids)
        alone = {**await self._closed(gate, told, ids[0]), **await self._closed(gate, told, ids[1])}
        assert together == alone
        assert await self._closed(gate, told, *ids) == together

    async def test_a_structure_that_nobody_knows_is_no_error(
        self, two_structures: TwoStructures
    ) -> None:
        """It may have been removed a moment ago."""
        await self._closed(self.make(), two_structures.here.region(self.settings), uuid4())

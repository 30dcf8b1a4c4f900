"""What is expected of page blocks, jobs, commands, health checks, event handlers and of who keeps personal data."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any, ClassVar, get_args

import msgspec

from core.contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentChanged,
    Event,
    EventHandler,
    FollowUpWritten,
    InterviewClosed,
    RoadmapSent,
)
from core.contracts.personal import Holding, PersonalData, ReadablePersonalData, Traces
from core.contracts.reactions import SwitchReaction
from core.contracts.surfaces import (
    PLACES,
    Health,
    HealthCheck,
)
from core.platform import Platform
from core.testing.contracts.base import Contract, answer, cut_off
from core.testing.places import Place, TwoStructures, book

_NASTY = "<script>alert(1)</script>"


class PageBlockContract(Contract):
    """What the platform expects of every `PageBlock`. `told` is what the page knows: see `docs/hooks.md`, place by place."""

    factory: ClassVar[Callable[[], Any]]

    async def told(self, platform: Platform, place: Place) -> Mapping[str, Any]:
        """What the page of the block knows."""
        view = await book(platform, place)
        return {
            "appointment": view,
            "advisor_id": place.advisor_ids[0],
            "structure_id": place.structure.id,
            "token": "a-token",
            "csrf_token": "another",
        }

    def test_it_has_a_place(self) -> None:
        """One of the named places, a template under the plugin's own name."""
        for block in self.each():
            known = ", ".join(PLACES)
            assert block.place in PLACES, f"{block.place!r} is no place; they are {known}"
            assert "/" in block.template, "template: <plugin>/name.html"

    async def test_it_shows_something_or_nothing_and_never_markup_of_others(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """`values` answers in time; its template draws them; what people typed stays text."""
        place = two_structures.here
        await platform.db.execute(
            "UPDATE structure SET name = $1 WHERE id = $2", _NASTY, place.structure.id
        )
        told = await self.told(platform, place)
        for block, locale in product(self.each(), ("fr", "en")):
            context = place.context(self.settings, locale)
            found = await answer(
                partial(block.values, context, told),
                dict[str, Any] | None,
                "values",
            )
            if found is not None:
                shown = place.services.render(block.template, found, locale=locale)
                assert shown.strip(), "an empty block: answer None to show nothing"
                assert _NASTY not in shown, "what people typed becomes markup: drop |safe"


class JobContract(Contract):
    """What the platform expects of every `JobSpec`: `factory = register_jobs` holds them all."""

    factory: ClassVar[Callable[[], Any]]

    async def test_it_runs_again_and_again(self, two_structures: TwoStructures) -> None:
        """With nothing to do, and twice: a worker may die between the work and its note of it."""
        here, there = two_structures.here, two_structures.there
        turns = ((here, there), (here, there), (there, here))
        for job, (place, other) in product(self.each(), turns):
            assert job.every.total_seconds() >= 1, "every: a second at least"
            region = place.region(self.settings, other)
            context = region if job.scope == "region" else place.context(self.settings)
            await answer(partial(job.run, context), None, job.key)


class CommandContract(Contract):
    """What the platform expects of every `CommandSpec`: `factory = register_commands` holds them all. `words` are some that it understands."""

    factory: ClassVar[Callable[[], Any]]
    words: ClassVar[tuple[str, ...]] = ()

    async def test_it_says_what_it_did(self, two_structures: TwoStructures) -> None:
        """A text to print."""
        context = two_structures.here.region(self.settings, two_structures.there)
        for command in self.each():
            assert command.summary.strip(), "summary: a line for who reads the list"
            run = partial(command.run, context, self.words)
            said = await answer(run, str, command.key)
            assert said.strip(), "say what was done, or that there was nothing to do"


class HealthCheckContract(Contract):
    """What the platform expects of every `HealthCheck`."""

    factory: ClassVar[Callable[[], HealthCheck]]

    async def test_each_line_that_is_not_well_says_how_to_mend_it(
        self, two_structures: TwoStructures
    ) -> None:
        """With the settings as they come, in both languages, within a second."""
        place = two_structures.here
        for other in ((), (two_structures.there,)):
            context = place.region(self.settings, *other)
            check = self.make()
            lines: list[Health] = await answer(
                partial(check.check, context),
                list[Health],
                "check",
            )
            for line in lines:
                assert line.name.strip(), "each line has a name"
                assert line.state == "ok" or line.hint.strip(), f"{line.name}: how is it mended?"


class EventHandlerContract(Contract):
    """What the platform expects of every `EventHandler`."""

    factory: ClassVar[Callable[[], EventHandler]]

    async def test_every_event_may_come_twice(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Events are delivered at least once, each kind of them, and those of another day too."""
        place, handler = two_structures.here, self.make()
        context = place.context(self.settings)
        view = await book(platform, place)
        about: dict[str, Any] = {
            "structure_id": place.structure.id,
            "at": context.now,
            "appointment_id": view.id,
        }
        events: list[Event] = [
            AppointmentBooked(**about),
            AppointmentChanged(**about, sequence=1),
            InterviewClosed(**about, honoured=True),
            RoadmapSent(**about),
            FollowUpWritten(**about),
            AppointmentCancelled(**about, sequence=2),
        ]
        assert len(events) == len(get_args(Event)), "the contract knows every event"
        for event in [*events, *events]:
            await answer(partial(handler.handle, context, event), None, "handle")


class SwitchReactionContract(Contract):
    """What the platform expects of every `SwitchReaction`."""

    factory: ClassVar[Callable[[], SwitchReaction]]

    async def test_every_turn_may_come_twice_and_in_any_order(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """Turns are told at least once, some are left out, and the first may be that the plugin is off."""
        here, there = two_structures.here, two_structures.there
        await book(platform, here)
        reaction = self.make()
        for where in ((), (there.structure,), (here.structure, there.structure)):
            told = msgspec.structs.replace(here.context(self.settings), structures=where)
            for turn in (reaction.disabled, reaction.enabled):
                for _ in range(2):
                    await answer(partial(turn, told), None, turn.__name__)

    async def test_appointments_and_what_the_platform_keeps_stay_as_they_are(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """What was booked keeps its hour, its channel and its state, here and elsewhere."""
        places = (two_structures.here, two_structures.there)
        for place in places:
            await book(platform, place)
        before = await platform.db.fetch("SELECT * FROM appointment ORDER BY id")
        reaction, told = self.make(), places[0].context(self.settings)
        for turn in (reaction.enabled, reaction.disabled):
            await answer(partial(turn, told), None, turn.__name__)
        after = await platform.db.fetch("SELECT * FROM appointment ORDER BY id")
        assert after == before, "a reaction to a switch changes no appointment"

    async def test_a_network_that_is_down_is_an_exception_or_nothing_and_in_time(
        self, two_structures: TwoStructures
    ) -> None:
        """The platform tries again after an exception; it waits for nobody."""
        reaction, told = self.make(), cut_off(two_structures.here.context(self.settings))
        for turn in (reaction.enabled, reaction.disabled):

            async def try_it(turn: Callable[..., Any] = turn) -> None:
                with suppress(Exception):
                    await turn(told)

            await answer(try_it, None, turn.__name__)


class PersonalDataContract(Contract):
    """What the platform expects of every `PersonalData`."""

    factory: ClassVar[Callable[[], PersonalData]]

    async def test_what_is_gone_may_go_again(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """For people that it knows, for people that it never met, for nobody, twice."""
        place = two_structures.here
        view = await book(platform, place)
        context, keeper = place.region(self.settings), self.make()
        known = Traces(
            appointment_ids=(view.id,), emails=(view.youth.email,), phones=(view.youth.phone,)
        )
        for traces in (known, known, Traces()):
            async with platform.db.atomic():
                await answer(partial(keeper.erase, context, traces), None, "erase")

    async def test_what_it_shows_is_of_the_asked_youth_and_is_gone_once_erased(
        self, platform: Platform, two_structures: TwoStructures
    ) -> None:
        """For who can show (`ReadablePersonalData`): holdings with a title; nothing for nobody, nothing after the erasure."""
        keeper = self.make()
        if not isinstance(keeper, ReadablePersonalData):
            return
        place = two_structures.here
        view, context = await book(platform, place), place.region(self.settings)
        theirs = Traces(appointment_ids=(view.id,))
        ask = partial(keeper.export, context, theirs)
        held: Sequence[Holding] = await answer(ask, list[Holding], "export")
        assert all(one.title.strip() for one in held), "each holding has a title"
        nothing = await answer(partial(keeper.export, context, Traces()), list[Holding], "export")
        assert nothing == [], "shows something to nobody"
        async with platform.db.atomic():
            await keeper.erase(context, theirs)
        assert await answer(ask, list[Holding], "export") == [], "shows what was erased"

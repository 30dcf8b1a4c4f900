"""The kit itself: what is deliberately wrong fails the right promise, with words that say what to mend."""

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import pytest

from core.agenda.providers import AbsenceSource
from core.booking.channels import Phone
from core.interviews.earliest_first import EarliestFirst
from core.testing import contracts
from core.testing.contracts.base import answer, quickly, typed
from core.testing.places import book
from hookspecs import (
    BusyAnswer,
    BusyTime,
    CommandSpec,
    Delivery,
    Health,
    JobSpec,
    Meeting,
    OpenTime,
    OutboundError,
    PageBlock,
    PartnerStructure,
    Refused,
    RuleRefusal,
    Verdict,
)
from tests.authoring.breaking import broken


class Slots:
    key, label = "wrong:slots", "Faux"

    def __init__(self, tell):
        self._tell, self.asked = tell, []

    async def list_open(self, context, query):
        self.asked.append(query)
        return self._tell(self, query)


def slot(query, **changes):
    values = {
        "advisor_id": query.advisor_ids[0] if query.advisor_ids else uuid4(),
        "starts_at": query.starts_at,
        "ends_at": query.starts_at + timedelta(hours=1),
        "channels": ("phone",),
    }
    return OpenTime(**{**values, **changes})


WINDOW = "test_open_time_is_of_the_asked_advisors_and_touches_the_window"


@pytest.mark.parametrize(
    ("tell", "promise", "words"),
    [
        (lambda _, q: [slot(q, advisor_id=uuid4())], WINDOW, "was not asked about"),
        (lambda _, q: [slot(q, ends_at=q.starts_at)], WINDOW, "ends before it starts"),
        (lambda _, q: [slot(q, ends_at=q.starts_at + timedelta(days=2))], WINDOW, "25 hours"),
        (lambda _, q: [slot(q, channels=())], WINDOW, "without a channel"),
        (lambda _, q: [slot(q, channels=("in_person",))], WINDOW, "site_id"),
        (lambda _, q: [slot(q)], "test_nobody_asked_about_is_nobody_open", ""),
        (
            lambda s, q: [slot(q)] * len(s.asked),
            "test_an_answer_stands_until_something_changes",
            "",
        ),
        (
            lambda s, q: [slot(q)] * len(s.asked),
            "test_one_structure_knows_nothing_of_another",
            "remembers another structure",
        ),
        (
            lambda *_: "nonsense",
            "test_an_answer_stands_until_something_changes",
            "something else",
        ),
        (
            lambda _, q: time.sleep(0.1) or [slot(q)],
            "test_an_answer_stands_until_something_changes",
            "holds the event loop",
        ),
    ],
)
async def test_slot_providers(two_structures, tell, promise, words):
    await broken(
        contracts.SlotProviderContract,
        lambda: Slots(tell),
        promise,
        words,
        two_structures=two_structures,
    )


async def test_a_busy_source_that_forgets_when_the_network_is_down(two_structures):
    class Forgets(AbsenceSource):
        async def list_busy(self, context, query):
            try:
                await context.services.fetch("http://127.0.0.1:9/")
            except OutboundError as error:
                if "ne répond pas." in str(error):
                    return BusyAnswer()
            start = query.starts_at
            times = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
            return BusyAnswer(busy=[BusyTime(advisor_id=query.advisor_ids[0], **times)])

    await broken(
        contracts.BusySourceContract,
        Forgets,
        "test_a_network_that_is_down_makes_nobody_look_freer",
        "close the advisor",
        two_structures=two_structures,
    )


@pytest.mark.parametrize(
    ("url", "promise", "words"),
    [
        (lambda _: f"https://x.example/{uuid4()}", "test_prepared_twice_is_one_meeting", "two"),
        (lambda _: "", "test_people_are_told_how_to_meet", "a url to meet at"),
        (lambda _: "x.example/room", "test_people_are_told_how_to_meet", "https://"),
        (
            lambda view: f"https://x.example/{view.youth.name.split()[0]}",
            "test_no_address_says_who_comes_and_none_can_be_guessed",
            "'Alix' is in",
        ),
        (
            lambda view: f"https://x.example/{view.id}",
            "test_no_address_says_who_comes_and_none_can_be_guessed",
            "sign it",
        ),
        (
            lambda _: "https://x.example/room",
            "test_no_address_says_who_comes_and_none_can_be_guessed",
            "share an address",
        ),
    ],
)
async def test_channels(platform, two_structures, url, promise, words):
    class Wrong(Phone):
        mode = "video"

        async def prepare(self, context, appointment):
            return Meeting(url=url(appointment))

    await broken(
        contracts.InterviewChannelContract,
        Wrong,
        promise,
        words,
        platform=platform,
        two_structures=two_structures,
    )


@pytest.mark.parametrize(
    ("body", "promise", "words"),
    [
        ("", "test_nothing_to_tell_is_still_a_file", "the file is empty"),
        (
            "who\nAlix Essai\n",
            "test_a_file_names_nobody_and_no_other_structure",
            "nobody may be named",
        ),
        (
            "where\nMission d’ailleurs\n",
            "test_a_file_names_nobody_and_no_other_structure",
            "not in the request",
        ),
        ("where\n=HYPERLINK(1)\n", "test_what_one_may_type_never_becomes_a_formula", "apostrophe"),
    ],
)
async def test_exporters(platform, two_structures, body, promise, words):
    class Wrong:
        key, label, media_type, file_name = "wrong:file", "Faux", "text/csv", "faux.csv"

        async def export(self, context, request):
            yield body.encode()

    await broken(
        contracts.ExporterContract,
        Wrong,
        promise,
        words,
        platform=platform,
        two_structures=two_structures,
    )


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        (
            lambda found, _: found[1:],
            "test_every_programme_gets_one_verdict_best_first_excluded_last",
        ),
        (
            lambda found, _: found[::-1],
            "test_every_programme_gets_one_verdict_best_first_excluded_last",
        ),
        (
            lambda found, need: [
                Verdict(programme_id=v.programme_id, score=0, excluded=not need.project.domains)
                for v in sorted(found, key=lambda v: v.programme_id)
            ],
            "test_what_is_not_known_never_excludes",
        ),
        (
            lambda found, _: [
                Verdict(programme_id=v.programme_id, score=0, excluded=True) for v in found
            ],
            "test_every_exclusion_says_why_and_every_reason_is_worded",
        ),
        (
            lambda found, _: time.sleep(0.3) or found,
            "test_a_large_catalogue_is_ranked_while_one_types",
        ),
    ],
)
async def test_strategies(change, promise):
    class Wrong(EarliestFirst):
        def rank(self, context, need, programmes):
            return change(list(super().rank(context, need, programmes)), need)

    await broken(contracts.MatchingStrategyContract, Wrong, promise)


@pytest.mark.parametrize(
    ("check", "promise", "words"),
    [
        (
            lambda rule, _: [RuleRefusal(rule=rule.key, message="non")],
            "test_a_refusal_says_why_in_a_sentence",
            "non",
        ),
        (
            lambda *_: [RuleRefusal(rule="core:age", message="Non.")],
            "test_a_refusal_says_why_in_a_sentence",
            "name your own key",
        ),
        (
            lambda rule, _: [
                RuleRefusal(rule=rule.key, message=f"{rule.seen.append(1) or len(rule.seen)}.")
            ],
            "test_whatever_is_sent_it_answers_the_same_each_time",
            "",
        ),
    ],
)
async def test_rules(check, promise, words):
    class Wrong:
        key, label = "wrong:rule", "Fausse"

        def __init__(self):
            self.seen = []

        def check(self, context, request):
            return check(self, request)

    await broken(contracts.BookingRuleContract, Wrong, promise, words)


class Gate:
    key, label = "wrong:gate", "Fausse"

    async def closed(self, context, structures):
        return {uuid4(): "Non."}


class Network:
    key, label = "wrong:network", "Faux"

    async def list_structures(self, context):
        return [PartnerStructure(key="a", name="A", kind="club", department="33")]


class Silent:
    key, label = "wrong:carrier", "Faux"

    def carries(self, context, notice):
        return True

    async def send(self, context, notice):
        return Delivery(outcome="refused")


class Ill:
    key = "wrong:health"

    async def check(self, context):
        return [Health(name="Serveur", state="failing")]


class Loud:
    key = "wrong:events"

    async def handle(self, context, event):
        return "done"


async def say(context, words):
    return ""


async def hang(context):
    await asyncio.sleep(5)


async def show(context, told):
    return {"structure": context.structure}


@pytest.mark.parametrize(
    ("contract", "factory", "promise", "words"),
    [
        (
            contracts.PublicationGateContract,
            Gate,
            "test_it_speaks_of_the_structures_it_is_asked_about_and_says_why",
            "not asked about",
        ),
        (
            contracts.PartnerNetworkContract,
            Network,
            "test_what_it_brings_can_be_read",
            "'club' is none of",
        ),
        (
            contracts.NoticeCarrierContract,
            Silent,
            "test_what_it_carries_it_delivers_or_says_why_not",
            "says why",
        ),
        (
            contracts.HealthCheckContract,
            Ill,
            "test_each_line_that_is_not_well_says_how_to_mend_it",
            "how is it mended?",
        ),
        (
            contracts.EventHandlerContract,
            Loud,
            "test_every_event_may_come_twice",
            "something else than expected",
        ),
        (
            contracts.CommandContract,
            lambda: CommandSpec(key="wrong:say", summary="Says nothing.", run=say),
            "test_it_says_what_it_did",
            "say what was done",
        ),
        (
            contracts.JobContract,
            lambda: JobSpec(key="wrong:job", every=timedelta(hours=1), run=hang),
            "test_it_runs_again_and_again",
            "no answer within 1.2 s",
        ),
        (
            contracts.PageBlockContract,
            lambda: PageBlock(place="nowhere", template="wrong/block.html", values=show),
            "test_it_has_a_place",
            "is no place",
        ),
    ],
)
async def test_what_is_registered_besides(
    platform, two_structures, contract, factory, promise, words
):
    await broken(
        contract, factory, promise, words, platform=platform, two_structures=two_structures
    )


async def test_a_right_object_passes_what_the_wrong_ones_fail(platform, two_structures):
    test = type("Right", (contracts.InterviewChannelContract,), {"factory": Phone})()
    await test.test_prepared_twice_is_one_meeting(platform, two_structures)
    assert (await book(platform, two_structures.there)).structure == two_structures.there.structure


async def test_what_raises_is_its_own_message():
    async def refuse():
        raise Refused("Non.")

    with pytest.raises(Refused):
        await answer(refuse, str, "refuse")
    with pytest.raises(AssertionError, match="has 1 ms"):
        quickly(lambda: time.sleep(0.01), 0.001, "slow")
    with pytest.raises(AssertionError, match="number answered something else"):
        typed("one", int, "number")
    with pytest.raises(AssertionError, match="say `factory"):
        contracts.Contract.make()

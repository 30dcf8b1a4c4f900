"""What the platform asks of this plugin."""

from chat_interviews.block import BLOCK
from chat_interviews.channel import InWriting
from chat_interviews.exporter import CountConversations
from chat_interviews.personal import Conversations
from chat_interviews.room import doors_of, enter, open_room, read, say
from core.testing.contracts import (
    ExporterContract,
    InterviewChannelContract,
    PageBlockContract,
    PersonalDataContract,
    PluginContract,
)
from core.testing.places import book
from hookspecs import Traces


class TestPlugin(PluginContract):
    plugin_id = "chat_interviews"
    level = "gold"


class TestInWriting(InterviewChannelContract):
    factory = InWriting


class TestCountConversations(ExporterContract):
    factory = CountConversations


class TestConversations(PersonalDataContract):
    factory = Conversations


class TestBlock(PageBlockContract):
    @staticmethod
    def factory():
        return BLOCK


async def talk(platform, place):
    """An appointment in writing, in which each said something."""
    view = await book(platform, place, channel="chat_interviews:room")
    told = place.context()
    doors = doors_of(told, view)
    await open_room(told, view, doors)
    await say(told, await enter(told, doors.youth), "Bonjour <b>!</b>")
    await say(told, await enter(told, doors.advisor), "Bonjour Alix.")
    return view, told, doors


async def test_two_people_talk_they_may_read_it_again_and_it_goes_with_them(
    platform, two_structures
):
    view, told, _ = await talk(platform, two_structures.here)
    said = [(message.by_advisor, message.text) for message in await read(told, view.id)]
    assert said == [(False, "Bonjour <b>!</b>"), (True, "Bonjour Alix.")]
    theirs = Traces(appointment_ids=(view.id,))
    (held,) = await Conversations().export(told, theirs)
    assert [words for _, words in held.lines] == ["Bonjour <b>!</b>", "Bonjour Alix."]
    await Conversations().erase(told, theirs)
    assert await read(told, view.id) == []
    assert await Conversations().export(told, theirs) == []


async def test_the_room_is_a_page_where_one_writes(platform, client, two_structures):
    _, _, doors = await talk(platform, two_structures.here)
    await platform.db.execute(
        "INSERT INTO plugin_policy (plugin, policy) VALUES ('chat_interviews', 'mandatory')"
    )
    await platform.plugins.fresh()
    path = f"/p/chat_interviews/{doors.youth}"
    page = await client.get(path)
    assert page.status_code == 200
    assert "Bonjour &lt;b&gt;" in page.text
    form = {"_csrf_token": client.cookies["somobilite_csrf"]}
    assert (await client.post(path, data={**form, "text": "Merci."})).status_code == 303
    assert "Merci." in (await client.get(path)).text
    assert (await client.post(path, data={**form, "text": ""})).status_code == 422
    assert (await client.get("/p/chat_interviews/guessed")).status_code == 404


async def test_the_advisor_reads_the_conversation_below_the_notes(platform, two_structures):
    view, told, _ = await talk(platform, two_structures.here)
    values = await BLOCK.values(told, {"appointment": view})
    assert "Bonjour &lt;b&gt;" in told.services.render(BLOCK.template, values)

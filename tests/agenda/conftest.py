"""A plugin on the board whose provider, busy source and channel do as each test says."""

from pathlib import Path

import pytest

from core.app import build_platform, load_board
from core.contracts.agenda import BusyAnswer
from core.extension.board import PluginRecord
from core.extension.discovery import Candidate
from core.extension.manifest import Manifest
from core.testing.factories import make_advisor, make_structure


class Essai:
    """Capabilities that answer nothing until told otherwise, by an async function of (context, query)."""

    label = "Essai"

    def __init__(self, key):
        self.key = key
        self.queries = []
        self.answer = None

    async def list_open(self, context, query):
        self.queries.append(query)
        return await self.answer(context, query) if self.answer else []

    async def list_busy(self, context, query):
        self.queries.append(query)
        return await self.answer(context, query) if self.answer else BusyAnswer()


class Video:
    key = "essai_video"
    label = "Vidéo d’essai"
    mode = "video"
    needs_site = False

    async def prepare(self, context, appointment): ...

    async def release(self, context, appointment): ...


@pytest.fixture
def provider():
    return Essai("essai:open")


@pytest.fixture
def source():
    return Essai("essai:busy")


@pytest.fixture
def platform(settings, database, clock, provider, source):
    board = load_board(settings)
    board.plugins["essai"] = PluginRecord(
        id="essai",
        state="loaded",
        origin="test",
        candidate=Candidate(id="essai", module="essai", folder=Path("/nowhere"), origin="test"),
        manifest=Manifest(id="essai", name="Essai", summary="Pour les tests", version="1.0.0"),
    )
    board.add("essai", "slot_providers", [provider])
    board.add("essai", "busy_sources", [source])
    board.add("essai", "interview_channels", [Video()])
    return build_platform(settings, database, clock=clock, board=board)


@pytest.fixture
def switch(database):
    async def flip(structure, state):
        await database.execute(
            "INSERT INTO plugin_switch (plugin, structure, state, changed_at) VALUES ('essai', $1, $2, now())"
            " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state",
            structure,
            state,
        )

    return flip


@pytest.fixture
async def structure(database):
    return await make_structure(database)


@pytest.fixture
async def advisor(database, structure):
    return await make_advisor(database, structure)

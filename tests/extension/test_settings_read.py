"""Settings are read once for the same values: in place where nothing of the plugin runs, else apart, within a time."""

import time
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from core.contracts.surfaces import SettingsSpec
from core.extension import state
from core.extension.plugin_settings import Kept, runs_code
from core.extension.state import PluginStates


class Plain(msgspec.Struct, frozen=True):
    words: tuple[str, ...] = ()
    size: Annotated[int, Meta(ge=1)] | None = None
    tone: Literal["warm", "plain"] = "warm"
    structure: UUID | None = None
    seen: list[str] = []


class Checked(msgspec.Struct, frozen=True):
    size: int = 1

    def __post_init__(self):
        """Its own code."""


class Holder(msgspec.Struct, frozen=True):
    parts: tuple[Checked, ...] = ()


class Made(msgspec.Struct, frozen=True):
    size: int = msgspec.field(default_factory=lambda: 1)


class Tone(StrEnum):
    WARM = "warm"


class Toned(msgspec.Struct, frozen=True):
    tone: Tone = Tone.WARM


class Under(Checked, frozen=True):
    more: int = 2


@pytest.mark.parametrize(
    ("struct", "own"),
    [(Plain, False), (Checked, True), (Holder, True), (Made, True), (Toned, True), (Under, True)],
)
def test_what_runs_code_of_the_plugin_is_known(struct, own):
    assert runs_code(SettingsSpec(struct=struct), []) is own


def test_a_migration_runs_when_it_is_due_only():
    spec = SettingsSpec(struct=Plain, version=2, migrate=lambda _version, values: values)
    kept = Kept(values={"size": 3}, version=1)
    assert runs_code(spec, [kept])
    assert not runs_code(spec, [msgspec.structs.replace(kept, version=2)])
    assert not runs_code(msgspec.structs.replace(spec, migrate=None), [kept])


BLOCKING = """
    import time
    import msgspec

    CALLS = []

    class Slow(msgspec.Struct, frozen=True):
        seconds: float = 0.0

        def __post_init__(self):
            CALLS.append(self.seconds)
            time.sleep(self.seconds)

    @hookimpl
    def register_settings():
        return SettingsSpec(struct=Slow)
"""


@pytest.fixture
def slow(workshop, platform, database):
    """The states of a plugin that takes its time, and how often it was asked; `keep` has it wait for so long."""
    workshop.add("slow", BLOCKING)
    board = workshop.board(strict=True)
    states = PluginStates(database, board, platform.settings, platform.keys, platform.dispatch)
    calls = board.plugins["slow"].module.CALLS
    calls.clear()

    async def keep(seconds):
        await database.execute("DELETE FROM plugin_settings")
        await database.execute(
            "INSERT INTO plugin_settings (plugin, \"values\", version, changed_at) VALUES ('slow', $1, 1, now())",
            {"seconds": seconds},
        )

    return states, calls, keep


async def test_the_same_values_are_read_once_whatever_else_changes(slow, database):
    states, calls, keep = slow
    await keep(0.001)
    await states.fresh()
    await database.execute("UPDATE plugin_revision SET revision = revision + 1")
    snapshot = await states.fresh()
    assert snapshot.settings["slow", None].value.seconds == 0.001
    assert calls == [0.001]
    await keep(0.002)
    assert (await states.fresh()).settings["slow", None].value.seconds == 0.002


async def test_settings_that_hang_are_wrong_hold_up_nobody_and_are_asked_again_later(
    slow, monkeypatch, database
):
    states, calls, keep = slow
    monkeypatch.setattr(state, "_READ_SECONDS", 0.1)
    await keep(0.5)
    began = time.perf_counter()
    resolved = (await states.fresh()).settings["slow", None]
    assert time.perf_counter() - began < 0.45
    assert "no answer within 0.1 s" in resolved.problems[""]
    assert resolved.value.seconds == 0.0
    await database.execute("UPDATE plugin_revision SET revision = revision + 1")
    assert (await states.fresh()).settings["slow", None].problems
    assert calls == [0.5]
    monkeypatch.setattr(state, "_READ_SECONDS", 5)
    gone_by = states._read["slow"]
    states._read["slow"] = msgspec.structs.replace(gone_by, until=0)
    await database.execute("UPDATE plugin_revision SET revision = revision + 1")
    assert (await states.fresh()).settings["slow", None].value.seconds == 0.5

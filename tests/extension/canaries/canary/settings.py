"""Settings with one field of every kind."""

import asyncio
from datetime import timedelta
from enum import Enum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hookspecs import Health, Refused


class Song(Enum):
    HIGH = "high"
    LOW = "low"


class CanarySettings(msgspec.Struct, frozen=True, kw_only=True):
    greeting: Annotated[str, Meta(title="Salut", description="Un mot.", max_length=40)] = "cui"
    story: Annotated[str, Meta(title="Histoire", extra_json_schema={"x-widget": "textarea"})] = ""
    volume: Annotated[int, Meta(title="Volume", ge=1, le=11)] = 5
    pitch: Annotated[float, Meta(title="Hauteur", gt=0, le=2)] = 1.0
    limit: Annotated[int, Meta(title="Limite")] | None = None
    mood: Annotated[
        Literal["calm", "lively"],
        Meta(title="Humeur", extra_json_schema={"x-options": {"calm": "calme"}}),
    ] = "calm"
    song: Annotated[Song, Meta(title="Chant")] = Song.HIGH
    awake: Annotated[bool, Meta(title="Éveillé")] = True
    friends: Annotated[tuple[str, ...], Meta(title="Amis")] = ("merle",)
    seasons: Annotated[tuple[Literal["spring", "summer"], ...], Meta(title="Saisons")] = ()
    notes: Annotated[dict[str, str], Meta(title="Notes")] = {}
    seed: Annotated[str, Meta(title="Graine")] = ""
    feather: Annotated[
        str, Meta(title="Plume", pattern="^#[0-9a-f]{6}$", extra_json_schema={"x-widget": "colour"})
    ] = "#ffcc00"
    nap: Annotated[timedelta, Meta(title="Sieste")] = timedelta(minutes=20)
    tongue: Annotated[str, Meta(title="Langue", extra_json_schema={"x-widget": "language"})] = "fr"

    def __post_init__(self):
        if self.mood == "calm" and self.volume > 8:
            raise Refused("Un canari calme ne crie pas.", field="volume")


def migrate(version, values):
    """Version 1 said `loudness` out of 100."""
    values = dict(values)
    if version < 2 and "loudness" in values:
        values["volume"] = values.pop("loudness") // 10
    return values


async def check_settings(context):
    """The seed decides: `bad` fails, `late` never answers, `broken` raises."""
    seed = context.settings.seed
    if seed == "broken":
        raise RuntimeError("no seed")
    if seed == "late":
        await asyncio.Event().wait()
    state = "failing" if seed == "bad" else "ok"
    return [Health(name="Graine", state=state, detail=f"{len(seed)} lettres", hint="Changez-la.")]

"""The rule list, weights and marks of `rules.toml`, read once."""

from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]
Weight = Annotated[int, Meta(ge=0, le=100)]


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much each criterion counts; only the proportions matter."""

    domains: Weight
    places: Weight
    duration: Weight
    budget: Weight
    interests: Weight
    departure: Weight
    language: Weight
    company: Weight
    audience: Weight
    certainty: Weight


class Marks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Marks that no formula gives."""

    domain_second: Share
    place_dedicated: Share
    place_open: Share
    place_world: Share
    place_near: Share
    duration_tolerated: Share
    budget_funded: Share


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Shares of a bound that are still tolerated."""

    duration_tolerance: Share


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `rules.toml`."""

    hard: tuple[str, ...]
    horizon_months: Annotated[int, Meta(ge=1, le=36)]
    weights: Weights
    marks: Marks
    limits: Limits


@cache
def read_rules() -> Rules:
    """The rules that travel with the plugin. Raises `msgspec.ValidationError` naming the key that is wrong."""
    return msgspec.toml.decode((files(__package__) / "rules.toml").read_bytes(), type=Rules)

"""Ranks the programme sheets for a youth, by rules and weights kept as data."""

from collections.abc import Sequence

from hookspecs import MatchingStrategy, SettingsSpec, hookimpl
from plugins.matching_rules.settings import MatchingSettings
from plugins.matching_rules.strategy import RulesStrategy


@hookimpl
def register_settings() -> SettingsSpec:
    """The weight of each criterion."""
    return SettingsSpec(struct=MatchingSettings)


@hookimpl
def register_matching_strategies() -> Sequence[MatchingStrategy]:
    """The ranking by rules."""
    return [RulesStrategy()]

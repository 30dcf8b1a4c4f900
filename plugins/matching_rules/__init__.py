"""Ranks the programme sheets for a youth, by rules and weights kept as data."""

from collections.abc import Sequence

from hookspecs import MatchingStrategy, PageBlock, RouteSet, SettingsSpec, hookimpl
from plugins.matching_rules.pages import HANDLERS, card
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


@hookimpl
def register_routes() -> Sequence[RouteSet]:
    """The pages on which the coordination edits, tries and publishes the rules."""
    return [RouteSet(handlers=HANDLERS, access="coordinator")]


@hookimpl
def register_page_blocks() -> Sequence[PageBlock]:
    """The rules in force, on the coordination's page of matching."""
    return [PageBlock(place="network.matching", template="matching_rules/card.html", values=card)]

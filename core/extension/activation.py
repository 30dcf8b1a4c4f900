"""Whether a plugin is on for a structure: one pure function of policy, switch, requirements and settings."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Policy = Literal["forbidden", "available", "default_on", "mandatory"]
Switch = Literal["on", "off", "unset"]
Why = Literal[
    "core",
    "mandatory",
    "forbidden",
    "switched_on",
    "switched_off",
    "default_on",
    "default_off",
    "requirement_off",
    "misconfigured",
    "not_loaded",
]


class PluginFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision needs to know of one plugin, for one structure."""

    policy: Policy = "available"
    switch: Switch = "unset"
    requires: tuple[str, ...] = ()
    settings_valid: bool = True
    always_on: bool = False


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """The decision, and its one reason."""

    on: bool
    why: Why


def decide(facts: Mapping[str, PluginFacts]) -> dict[str, Activity]:
    """Every plugin's activity for one structure, from the facts of every **loaded** plugin.

    A requirement that is off, absent or part of a circle makes the dependant off. The result does not
    depend on the order of `facts`.
    """
    done: dict[str, Activity] = {}

    def settle(plugin_id: str, path: frozenset[str]) -> Activity:
        if plugin_id in done:
            return done[plugin_id]
        if plugin_id not in facts or plugin_id in path:
            return Activity(on=False, why="not_loaded")
        own = facts[plugin_id]
        activity = _own_decision(own)
        if activity.on:
            needed = [settle(other, path | {plugin_id}) for other in own.requires]
            if not all(other.on for other in needed):
                activity = Activity(on=False, why="requirement_off")
        if not path:
            done[plugin_id] = activity
        return activity

    return {plugin_id: settle(plugin_id, frozenset()) for plugin_id in facts}


def _own_decision(facts: PluginFacts) -> Activity:
    if facts.always_on:
        return Activity(on=True, why="core")
    if facts.policy == "forbidden":
        return Activity(on=False, why="forbidden")
    if facts.policy == "mandatory":
        wish = Activity(on=True, why="mandatory")
    elif facts.switch != "unset":
        on = facts.switch == "on"
        wish = Activity(on=on, why="switched_on" if on else "switched_off")
    else:
        on = facts.policy == "default_on"
        wish = Activity(on=on, why="default_on" if on else "default_off")
    if wish.on and not facts.settings_valid:
        return Activity(on=False, why="misconfigured")
    return wish

"""Whether a plugin is on for a structure: one pure function of policy, switch, requirements and settings."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Policy = Literal["forbidden", "available", "default_on", "mandatory"]
Switch = Literal["on", "off", "unset"]
State = Literal["off", "misconfigured", "on"]
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
LOCKED: frozenset[Policy] = frozenset({"forbidden", "mandatory"})
"""The policies that leave the switch without a word."""


class PluginFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the decision needs to know of one plugin, for one structure."""

    policy: Policy = "available"
    switch: Switch = "unset"
    requires: tuple[str, ...] = ()
    settings_valid: bool = True
    always_on: bool = False


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """The decision, and its one reason. `missing` names what it requires and does not have, for `requirement_off`."""

    on: bool
    why: Why
    missing: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """On, off, or misconfigured: it would be on if its settings could be used."""
        if self.on:
            return "on"
        return "misconfigured" if self.why == "misconfigured" else "off"


def decide(facts: Mapping[str, PluginFacts]) -> dict[str, Activity]:
    """Every plugin's activity for one structure, from the facts of every **loaded** plugin.

    On is what wishes to be and whose requirements are all on: what requires itself, through others or not, never is. The
    result does not depend on the order of `facts`.
    """
    wishes = {plugin_id: _wish(own) for plugin_id, own in facts.items()}
    waiting = {plugin_id for plugin_id, wish in wishes.items() if wish.on}
    on: set[str] = set()
    while ready := {one for one in waiting if on.issuperset(facts[one].requires)}:
        on |= ready
        waiting -= ready
    for plugin_id in waiting:
        missing = tuple(other for other in facts[plugin_id].requires if other not in on)
        wishes[plugin_id] = Activity(on=False, why="requirement_off", missing=missing)
    return wishes


def _wish(facts: PluginFacts) -> Activity:
    """What a plugin would be if all that it requires were on."""
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

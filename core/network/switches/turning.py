"""Turning switches and changing the region's policies: checked, done, audited, and in force.

One transaction each, slots included; every process follows in a moment (`core.extension.state`). Appointments keep
their channel whatever is turned.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.accounts.access import CurrentUser
from core.contracts.context import StructureRef
from core.errors import NotFound, Refused
from core.extension.activation import Activity, PluginFacts, Policy, Switch, decide
from core.extension.state import Snapshot
from core.network.switches import rules
from core.network.switches.checking import Verdict, check_before
from core.network.switches.foresight import Change, altered, shift
from core.network.switches.reprojection import follow
from core.platform import Platform
from core.privacy import audit
from core.web.i18n import _


class Untested(Refused):
    """The settings of what would be on do not work: only the coordination may go on, and says why."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        super().__init__(_("La vérification avant activation a échoué."))
        self.verdicts = verdicts


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A wish: this switch, and the word that goes with it. `insists` overrules a check that failed."""

    switch: Switch
    reason: str = ""
    insists: bool = False


async def turn(
    platform: Platform,
    user: CurrentUser,
    plugin_id: str,
    structures: Sequence[StructureRef],
    wish: Turn,
) -> dict[UUID, Activity]:
    """Sets the switch of a plugin in some structures (`unset`: back to the region's rule); what it is there now.

    All or nothing. Raises `NotFound` when one of the switches is not the user's, `Refused` when the region holds it, `Untested`
    when what would be on does not work and nobody entitled insists.
    """
    snapshot = await platform.plugins.fresh()
    record = rules.find_record(platform, user, snapshot, plugin_id)
    feature = rules.feature_of(record, snapshot)
    if any(not user.manages(ref.id) or ref.id not in snapshot.facts for ref in structures):
        raise NotFound("not this user's structure")
    if feature.is_locked:
        raise Refused(_("La région a fixé cette fonctionnalité pour toutes les structures."))
    if any(not rules.cell_of(user, snapshot, feature, ref.id).may_flip for ref in structures):
        raise NotFound("not this user's switch")
    overruled = await _check(
        platform, user, plugin_id, structures, to_switch(wish), snapshot=snapshot, wish=wish
    )
    async with platform.db.atomic():
        before = await _hold(platform)
        await _write_switches(platform, user, plugin_id, [ref.id for ref in structures], wish)
        for ref in structures:
            await audit.record(
                platform,
                user,
                "plugin.switched",
                structure_id=ref.id,
                target=plugin_id,
                detail={"state": wish.switch, "reason": wish.reason, **overruled},
            )
        await _refresh(platform, before, plugin_id, structures, to_switch(wish))
    after = await platform.plugins.fresh()
    return {ref.id: after.activity[ref.id][plugin_id] for ref in structures}


async def set_policy(
    platform: Platform,
    user: CurrentUser,
    plugin_id: str,
    policy: Policy,
    *,
    is_delegated: bool,
    wish: Turn,
) -> None:
    """Sets the region's rule for a plugin, over that of the deployment. Of `wish`, only the word and the insistence count.

    Raises `NotFound` when the user does not coordinate the region, `Untested` as `turn` does.
    """
    snapshot = await platform.plugins.fresh()
    record = rules.find_record(platform, user, snapshot, plugin_id)
    if not user.is_coordination:
        raise NotFound("not this user's rule")
    feature = rules.feature_of(record, snapshot)
    structures = [*snapshot.structures.values()]
    change = to_policy(policy)
    overruled = await _check(
        platform, user, plugin_id, structures, change, snapshot=snapshot, wish=wish
    )
    async with platform.db.atomic():
        before = await _hold(platform)
        await platform.db.execute(
            "INSERT INTO plugin_policy (plugin, policy, delegated, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (plugin) DO UPDATE SET policy = excluded.policy, delegated = excluded.delegated,"
            " changed_by = excluded.changed_by, changed_at = excluded.changed_at",
            plugin_id,
            policy,
            is_delegated,
            user.account_id,
            platform.clock.now(),
        )
        detail = {
            "before": feature.policy,
            "was_delegated": feature.is_delegated,
            "policy": policy,
            "delegated": is_delegated,
            "reason": wish.reason,
        }
        await audit.record(
            platform,
            user,
            "plugin.policy_changed",
            target=plugin_id,
            detail={**detail, **overruled},
        )
        await _refresh(platform, before, plugin_id, structures, change)


def opposite(cell: rules.Cell) -> Switch:
    """The turn that one would come for: off where it is on or wishes to be, on elsewhere."""
    return "off" if cell.activity.on or cell.is_wrong else "on"


def to_switch(wish: Turn) -> Change:
    """What a turn makes of the facts of a plugin."""

    def change(facts: PluginFacts) -> PluginFacts:
        return msgspec.structs.replace(facts, switch=wish.switch)

    return change


def to_policy(policy: Policy) -> Change:
    """What another rule of the region makes of the facts of a plugin."""

    def change(facts: PluginFacts) -> PluginFacts:
        return msgspec.structs.replace(facts, policy=policy)

    return change


async def _check(
    platform: Platform,
    user: CurrentUser,
    plugin_id: str,
    structures: Sequence[StructureRef],
    change: Change,
    *,
    snapshot: Snapshot,
    wish: Turn,
) -> dict[str, str]:
    """Tries what would be on; the words that were overruled, for the audit trail. Raises `Untested`."""
    wanted = [
        (other, ref.id)
        for ref in structures
        for other in shift(snapshot.facts[ref.id], plugin_id, change).on
    ]
    failing = await check_before(platform, snapshot, wanted)
    if not failing:
        return {}
    if not (user.is_coordination and wish.insists and wish.reason):
        raise Untested(failing)
    lines = [line for verdict in failing for line in verdict.failing]
    return {"overruled": "; ".join(f"{line.name}: {line.detail}" for line in lines)[:500]}


async def _hold(platform: Platform) -> Snapshot:
    """The state of the plugins as nobody else changes it until the transaction ends."""
    await platform.db.execute("SELECT FROM plugin_revision FOR UPDATE")
    return await platform.plugins.fresh()


async def _refresh(
    platform: Platform,
    before: Snapshot,
    plugin_id: str,
    structures: Sequence[StructureRef],
    change: Change,
) -> None:
    """Makes slots right where something that they are made of was turned."""
    after = {ref.id: decide(altered(before.facts[ref.id], plugin_id, change)) for ref in structures}
    await follow(platform, before.activity, after)


async def _write_switches(
    platform: Platform,
    user: CurrentUser,
    plugin_id: str,
    structure_ids: Sequence[UUID],
    wish: Turn,
) -> None:
    if wish.switch == "unset":
        await platform.db.execute(
            "DELETE FROM plugin_switch WHERE plugin = $1 AND structure = ANY($2)",
            plugin_id,
            structure_ids,
        )
        return
    now: datetime = platform.clock.now()
    await platform.db.execute(
        "INSERT INTO plugin_switch (plugin, structure, state, changed_by, changed_at, reason)"
        " SELECT $1, s, $3, $4, $5, $6 FROM unnest($2::uuid[]) s"
        " ON CONFLICT (plugin, structure) DO UPDATE SET state = excluded.state,"
        " changed_by = excluded.changed_by, changed_at = excluded.changed_at, reason = excluded.reason",
        plugin_id,
        structure_ids,
        wish.switch,
        user.account_id,
        now,
        wish.reason,
    )

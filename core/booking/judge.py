"""Asking the booking rules: every active one, through the dispatcher. A rule that fails refuses."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from core.contracts.booking import BookingRequest, BookingRule, ChannelMode, RuleRefusal
from core.contracts.context import PluginContext
from core.errors import Refused
from core.extension.active import active
from core.extension.board import Board
from core.extension.state import Snapshot
from core.platform import Platform
from core.web.i18n import _


class RulesRefused(Refused):
    """One rule or more said no; each says why and for which field."""

    def __init__(self, refusals: Sequence[RuleRefusal]) -> None:
        super().__init__(refusals[0].message, field=refusals[0].field or None)
        self.refusals = tuple(refusals)


def mode_if_active(
    platform: Platform, snapshot: Snapshot, channel: str, structure_id: UUID
) -> ChannelMode | None:
    """The mode of a channel that the structure offers now; None when its plugin is off or not loaded."""
    owned = platform.board.channels.get(channel)
    if owned is None or not snapshot.is_on(owned.plugin_id, structure_id):
        return None
    return owned.item.mode


async def judge(
    platform: Platform, snapshot: Snapshot, request: BookingRequest, moment: datetime
) -> None:
    """Raises `RulesRefused` with every refusal. `moment` is when the slot was taken."""
    refusals: list[RuleRefusal] = []
    rules = active(platform.board, snapshot, Board.booking_rules, request.structure.id)
    for plugin_id, owned in groupby(rules, attrgetter("plugin_id")):
        asked = [one.item for one in owned]
        context = platform.context(plugin_id, snapshot, request.structure.id, now=moment)
        outcome = await platform.dispatch.ask(
            plugin_id,
            "booking_rule",
            partial(_check, asked, context, request),
            list[RuleRefusal],
            structure_id=request.structure.id,
        )
        if outcome.ok:
            refusals += outcome.value or []
        else:
            message = _("Une vérification ne répond pas pour le moment. Réessayez dans un instant.")
            refusals.append(RuleRefusal(rule=plugin_id, message=message))
    if refusals:
        raise RulesRefused(refusals)


def _check(
    rules: Sequence[BookingRule], context: PluginContext, request: BookingRequest
) -> list[RuleRefusal]:
    """What the rules of one plugin say: it is asked once."""
    return [refusal for rule in rules for refusal in rule.check(context, request)]

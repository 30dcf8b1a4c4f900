"""What each capability may cost, and what follows when a plugin fails at it (DESIGN, section 5)."""

from collections.abc import Mapping

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`breaks`: a plugin that keeps failing is left alone for a while. Not for what is retried later anyway, nor for what must be tried.

    `then` says what the caller does with a failure.
    """

    then: str
    breaks: bool = False


POLICIES: Mapping[str, Policy] = {
    "slot_provider": Policy(then="its last good slots stay, shown as stale"),
    "busy_source": Policy(then="closed: the advisor's slots are hidden, and they are told"),
    "publication_gate": Policy(then="closed: the structure offers no slots, and is told"),
    "partner_network": Policy(then="its structures stay as they are: asked again the next night"),
    "interview_channel": Policy(then="the booking stands, the link follows: tried again"),
    "matching_strategy": Policy(then="the core's order answers, and the page says so", breaks=True),
    "booking_rule": Policy(then="the booking is refused, to be tried again", breaks=True),
    "exporter": Policy(then="that download fails"),
    "notice_carrier": Policy(then="tried again, then listed"),
    "offer_carrier": Policy(then="the slot goes to the next in line"),
    "digest_carrier": Policy(then="tried again as long as it helps"),
    "account_carrier": Policy(then="tried again as long as it helps"),
    "message_template": Policy(then="the default text is used"),
    "page_block": Policy(then="nothing is shown", breaks=True),
    "route": Policy(then="a page says so, and that the rest works"),
    "job": Policy(then="it runs again at the next beat"),
    "command": Policy(then="the command ends with 1"),
    "personal_data": Policy(then="nobody is anonymised: tried again the next night"),
    "health_check": Policy(then="a failing line"),
    "event_handler": Policy(then="tried again with back-off, then a dead letter"),
    "switch_reaction": Policy(then="tried again with back-off, then a dead letter", breaks=True),
    "settings": Policy(then="the plugin is misconfigured, therefore off"),
    "reaction": Policy(then="the switch says so"),
}

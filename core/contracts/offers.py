"""Offers: a slot kept for someone who was waiting for one, and the carriers that tell them."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from core.contracts.booking import AppointmentView, ChannelMode, PersonRef, SiteRef
from core.contracts.context import PluginContext, StructureRef
from core.contracts.notices import Delivery

OfferKind = Literal["demand_offer", "earlier_offer"]


class SlotOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A free slot, kept for `youth` until `expires_at`. `key` is unique and stable across retries (use it as Message-ID).

    `book_url` opens the page where it is taken; `manage_url` is where no more offers are asked for. `current` is the appointment
    that would move there, for an `earlier_offer`.
    """

    key: str
    youth: PersonRef
    structure: StructureRef
    mode: ChannelMode
    channel_label: str
    starts_at: datetime
    expires_at: datetime
    book_url: str
    manage_url: str
    site: SiteRef | None = None
    kind: OfferKind = "demand_offer"
    current: AppointmentView | None = None
    audience: Literal["youth"] = "youth"


class OfferCarrier(Protocol):
    """Tells people that a slot is kept for them. An exception means "try again", as long as the slot is kept."""

    key: str
    label: str

    def carries_offer(self, context: PluginContext, offer: SlotOffer) -> bool:
        """Whether this carrier has anything to do for it (contact present)."""
        ...

    async def send_offer(self, context: PluginContext, offer: SlotOffer) -> Delivery:
        """Sends it, once. When no carrier could, the slot goes to the next in line."""
        ...

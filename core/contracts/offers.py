"""Offers: a slot kept for someone who was waiting for one, and the carriers that tell them."""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from core.contracts.booking import ChannelMode, PersonRef, SiteRef
from core.contracts.context import PluginContext, StructureRef
from core.contracts.notices import Delivery


class SlotOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A free slot, kept for `youth` until `expires_at`. `key` is unique and stable across retries (use it as Message-ID).

    `book_url` opens the booking form with the slot held; `manage_url` is the page of the demand, where it is withdrawn.
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
    audience: Literal["youth"] = "youth"


class OfferCarrier(Protocol):
    """Tells people that a slot is kept for them. An exception means "try again", as long as the slot is kept."""

    key: str
    label: str

    async def send_offer(self, context: PluginContext, offer: SlotOffer) -> Delivery:
        """Sends it, once. `refused` gives the slot to the next in line."""
        ...

"""An offer as carriers tell it: read from what is kept at that moment, so that nothing stale is ever told."""

from datetime import datetime
from uuid import UUID

import msgspec

from core.booking.search import mode_of
from core.booking.views import read_view
from core.contracts.booking import PersonRef, SiteRef
from core.contracts.context import StructureRef
from core.contracts.offers import SlotOffer
from core.demand.links import demand_path, hold_token
from core.platform import Platform


class _Live(msgspec.Struct, frozen=True, kw_only=True):
    """An offer whose slot is kept, for someone who still waits."""

    id: UUID
    demand: UUID | None
    appointment: UUID | None
    channel: str
    starts_at: datetime
    expires_at: datetime
    youth: PersonRef
    structure: StructureRef
    site: SiteRef | None


async def read_offer(platform: Platform, offer_id: UUID) -> SlotOffer | None:
    """The offer; None when its slot is kept no more, or nobody waits for it any longer."""
    live = await platform.db.struct(
        _Live,
        """
        SELECT o.id, o.demand, o.appointment, h.channel, h.starts_at, h.expires_at,
            jsonb_build_object('name', coalesce(d.name, y.name), 'email', coalesce(d.email, y.email),
                'phone', coalesce(d.phone, y.phone)) AS youth,
            jsonb_build_object('id', s.id, 'name', s.name, 'slug', s.slug, 'department', s.department,
                'phone', s.phone, 'email', s.email) AS structure,
            CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('id', i.id, 'name', i.name, 'address', i.address,
                'postcode', i.postcode, 'city', i.city, 'directions', i.directions) END AS site
        FROM demand_offer o
        JOIN hold h ON h.id = o.hold AND h.expires_at > $2
        JOIN structure s ON s.id = o.structure
        LEFT JOIN site i ON i.id = h.site
        LEFT JOIN demand d ON d.id = o.demand AND d.state = 'waiting'
        LEFT JOIN earlier_wish w ON w.appointment = o.appointment AND w.state = 'waiting'
        LEFT JOIN appointment a ON a.id = w.appointment
        LEFT JOIN youth y ON y.id = a.youth
        WHERE o.id = $1 AND (d.id IS NOT NULL OR w.appointment IS NOT NULL)
        """,
        offer_id,
        platform.clock.now(),
    )
    return None if live is None else await _offer(platform, live)


async def _offer(platform: Platform, live: _Live) -> SlotOffer:
    url = platform.settings.public_url
    channel = platform.board.channels.get(live.channel)
    offer = SlotOffer(
        key=f"{live.id}.demand_offer",
        youth=live.youth,
        structure=live.structure,
        site=live.site,
        mode=mode_of(platform, live.channel),
        channel_label=channel.item.label if channel else live.channel,
        starts_at=live.starts_at,
        expires_at=live.expires_at,
        book_url=f"{url}/reserver/{hold_token(platform, live.id)}",
        manage_url=url + demand_path(platform, live.demand) if live.demand else "",
    )
    if live.appointment is None:
        return offer
    current = await read_view(platform, live.appointment)
    return msgspec.structs.replace(
        offer,
        key=f"{live.id}.earlier_offer",
        kind="earlier_offer",
        book_url=f"{current.manage_url}/plus-tot",
        manage_url=current.manage_url,
        current=current,
    )


async def free_if_untold(platform: Platform, offer_id: UUID) -> None:
    """Lets the slot go to the next in line when no carrier could tell of it, and none is still trying."""
    await platform.db.execute(
        "UPDATE hold SET expires_at = $2 WHERE expires_at > $2"
        " AND id = (SELECT hold FROM demand_offer WHERE id = $1)"
        " AND NOT EXISTS (SELECT FROM receipt WHERE offer = $1 AND state IN ('due', 'sent', 'kept'))",
        offer_id,
        platform.clock.now(),
    )

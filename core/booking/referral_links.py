"""Links by which the workers of other bodies book for youths: made by a manager or the coordination, dated, revocable, counted."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from core.accounts.access import CurrentUser
from core.booking.rules import is_email
from core.clock import local_date
from core.errors import Conflict, NotFound, Refused
from core.platform import Platform
from core.privacy import audit
from core.storage.locks import lock_author
from core.web.i18n import _

LONGEST = timedelta(days=2 * 366)
"""A link that nobody renews ends by itself."""

_LINKS = """
    SELECT l.id, l.body, l.email, l.structure AS structure_id, s.name AS structure, l.created_at, l.expires_on, l.revoked_at,
        count(r.appointment) AS bookings, count(r.agreed_at) AS agreed, max(r.made_at) AS last_used_at
    FROM referral_link l
    LEFT JOIN structure s ON s.id = l.structure
    LEFT JOIN referral r ON r.link = l.id
"""


class ReferralLink(msgspec.Struct, frozen=True, kw_only=True):
    """A body's link. Without a structure, its workers may book anywhere in the region. `agreed`: how many youths said it suits."""

    id: UUID
    body: str
    email: str
    structure_id: UUID | None
    structure: str | None
    created_at: datetime
    expires_on: date
    revoked_at: datetime | None
    bookings: int = 0
    agreed: int = 0
    last_used_at: datetime | None = None

    def is_open(self, today: date) -> bool:
        """Whether it still books; the last day counts."""
        return self.revoked_at is None and today <= self.expires_on


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to make."""

    body: str
    email: str
    structure_id: UUID | None
    expires_on: date


def may_manage(user: CurrentUser, structure_id: UUID | None) -> bool:
    """Whether the user makes and revokes the links of a structure; those of the region are the coordination's."""
    return user.is_coordination if structure_id is None else user.manages(structure_id)


async def list_links(platform: Platform, user: CurrentUser) -> Sequence[ReferralLink]:
    """The links that the user manages, those that are open first, then the newest."""
    managed = [m.structure_id for m in user.memberships if m.role == "manager"]
    return await platform.db.structs(
        ReferralLink,
        f"{_LINKS} WHERE $1 OR l.structure = ANY($2::uuid[]) GROUP BY l.id, s.name"
        " ORDER BY l.revoked_at IS NOT NULL OR l.expires_on < $3, l.created_at DESC, l.id",
        user.is_coordination,
        managed,
        local_date(platform.clock.now(), platform.zone),
    )


async def read_link(platform: Platform, link_id: UUID) -> ReferralLink:
    """One link, open or not. Raises `NotFound`."""
    link = await platform.db.struct(
        ReferralLink, f"{_LINKS} WHERE l.id = $1 GROUP BY l.id, s.name", link_id
    )
    if link is None:
        raise NotFound("no such link")
    return link


def ensure_open(platform: Platform, link: ReferralLink) -> None:
    """Raises `Conflict` once the link was revoked, or is past its last day."""
    if not link.is_open(local_date(platform.clock.now(), platform.zone)):
        raise Conflict(
            _(
                "Ce lien n’est plus valable. Demandez-en un nouveau à la structure ou à la coordination."
            )
        )


async def create_link(platform: Platform, user: CurrentUser, new: NewLink) -> UUID:
    """Makes a link; the same, when a form was sent twice. Raises `NotFound` for another's structure, `Refused` for a bad address or
    last day.
    """
    if not may_manage(user, new.structure_id):
        raise NotFound("another's structure")
    now = platform.clock.now()
    today = local_date(now, platform.zone)
    if new.email and not is_email(new.email):
        message = _(
            "Cette adresse e-mail n’est pas valable. Écrivez-la par exemple nom@exemple.fr."
        )
        raise Refused(message, field="email")
    if not today <= new.expires_on <= today + LONGEST:
        message = _("Choisissez un jour à venir, dans deux ans au plus.")
        raise Refused(message, field="expires_on")
    async with platform.db.atomic():
        await lock_author(platform.db, user.account_id)
        known: UUID | None = await platform.db.fetch_value(
            "SELECT id FROM referral_link WHERE author = $1 AND body = $2 AND email = $3"
            " AND structure IS NOT DISTINCT FROM $4 AND expires_on = $5 AND revoked_at IS NULL",
            user.account_id,
            new.body,
            new.email,
            new.structure_id,
            new.expires_on,
        )
        if known is not None:
            return known
        link_id = uuid4()
        await platform.db.execute(
            "INSERT INTO referral_link (id, body, email, structure, author, created_at, expires_on)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            link_id,
            new.body,
            new.email,
            new.structure_id,
            user.account_id,
            now,
            new.expires_on,
        )
        await _trace(platform, user, "referral_link.created", link_id, new.structure_id)
    return link_id


async def revoke_link(platform: Platform, user: CurrentUser, link_id: UUID) -> ReferralLink:
    """Ends a link for good; what it booked stands. A second time changes nothing. Raises `NotFound`, for another's too."""
    link = await read_link(platform, link_id)
    if not may_manage(user, link.structure_id):
        raise NotFound("another's link")
    async with platform.db.atomic():
        ended = await platform.db.execute(
            "UPDATE referral_link SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            link_id,
            platform.clock.now(),
        )
        if ended:
            await _trace(platform, user, "referral_link.revoked", link_id, link.structure_id)
    return link


async def _trace(
    platform: Platform, user: CurrentUser, action: str, link_id: UUID, structure_id: UUID | None
) -> None:
    await audit.record(platform, user, action, structure_id=structure_id, target=str(link_id))

"""The carrier: to the mail server when there is one, else to the page of kept messages."""

from email.message import EmailMessage

from hookspecs import Delivery, Notice, PluginContext, SlotOffer, _

from . import mailbox, smtp
from .compose import compose, compose_offer, recipient
from .settings import EmailSettings


class EmailCarrier:
    """Every kind of notice, to whoever gave an address."""

    key = "notifications_email:email"
    label = "E-mail"

    def carries(self, context: PluginContext, notice: Notice) -> bool:
        """Whether there is an address to write to."""
        return "@" in recipient(notice).email

    async def send(self, context: PluginContext, notice: Notice) -> Delivery:
        """Sends or keeps the message. Raises when it is worth trying again."""
        address = recipient(notice).email
        if "@" not in address:
            return Delivery(outcome="refused", detail=_("Il n’y a plus d’adresse à qui écrire."))
        about = mailbox.About(
            key=notice.key,
            kind=notice.kind,
            audience=notice.audience,
            appointment=notice.appointment.id,
        )
        return await _bring(context, about, compose(context, notice), address)

    async def send_offer(self, context: PluginContext, offer: SlotOffer) -> Delivery:
        """The same for a slot that is kept."""
        about = mailbox.About(key=offer.key, kind="demand_offer", audience=offer.audience)
        return await _bring(context, about, compose_offer(context, offer), offer.youth.email)


async def _bring(
    context: PluginContext, about: mailbox.About, message: EmailMessage, address: str
) -> Delivery:
    settings: EmailSettings = context.settings
    if not settings.host:
        await mailbox.keep(context, about, message, address)
        return Delivery(outcome="kept", recipient=address)
    try:
        await smtp.send(settings, message, address)
    except smtp.RefusedForGood as error:
        return Delivery(outcome="refused", recipient=address, detail=str(error))
    return Delivery(outcome="sent", recipient=address)

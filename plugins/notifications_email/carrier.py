"""The carrier: to the mail server when there is one, else to the page of kept messages."""

from hookspecs import Delivery, Notice, PluginContext, _

from . import mailbox, smtp
from .compose import compose, recipient
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
        settings: EmailSettings = context.settings
        address = recipient(notice).email
        if "@" not in address:
            return Delivery(outcome="refused", detail=_("Il n’y a plus d’adresse à qui écrire."))
        message = compose(context, notice)
        if not settings.host:
            await mailbox.keep(context, notice, message, address)
            return Delivery(outcome="kept", recipient=address)
        try:
            await smtp.send(settings, message, address)
        except smtp.RefusedForGood as error:
            return Delivery(outcome="refused", recipient=address, detail=str(error))
        return Delivery(outcome="sent", recipient=address)

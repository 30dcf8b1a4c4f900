"""The carrier: to the mail server when there is one, else to the page of kept messages."""

from hookspecs import (
    AccountNotice,
    Delivery,
    Digest,
    Notice,
    PluginContext,
    SlotOffer,
    _,
    use_locale,
    vocabulary,
)

from . import mailbox, smtp
from .compose import compose, locale_of, recipient
from .settings import EmailSettings
from .texts import key_of


class EmailCarrier:
    """Every kind of message, to whoever gave an address."""

    key = "notifications_email:email"
    label = "E-mail"

    def carries(self, context: PluginContext, notice: Notice) -> bool:
        """Whether there is an address to write to, and something to say to them."""
        known = notice.audience in vocabulary.AUDIENCES.get(notice.kind, ())
        return known and "@" in recipient(notice).email

    async def send(self, context: PluginContext, notice: Notice) -> Delivery:
        """Sends or keeps the message. Raises when it is worth trying again."""
        return await _bring(context, notice, recipient(notice).email)

    def carries_offer(self, context: PluginContext, offer: SlotOffer) -> bool:
        """Whether there is an address to write to."""
        return "@" in offer.youth.email

    async def send_offer(self, context: PluginContext, offer: SlotOffer) -> Delivery:
        """The same for a slot that is kept."""
        return await _bring(context, offer, offer.youth.email)

    def carries_digest(self, context: PluginContext, digest: Digest) -> bool:
        """Whether there is an address to write to."""
        return "@" in digest.person.email

    async def send_digest(self, context: PluginContext, digest: Digest) -> Delivery:
        """The same for a member of staff."""
        return await _bring(context, digest, digest.person.email)

    def carries_account(self, context: PluginContext, notice: AccountNotice) -> bool:
        """Whether there is an address to write to."""
        return "@" in notice.person.email

    async def send_account(self, context: PluginContext, notice: AccountNotice) -> Delivery:
        """The same about an account. A link that opens one is never kept where others read it."""
        settings: EmailSettings = context.settings
        if notice.kind == "password_link" and not settings.host and not context.services.demo:
            return Delivery(
                outcome="refused", detail=_("Aucun serveur d’envoi : ce lien ne se garde pas ici.")
            )
        return await _bring(context, notice, notice.person.email)


async def _bring(context: PluginContext, message: vocabulary.Message, address: str) -> Delivery:
    settings: EmailSettings = context.settings
    if "@" not in address:
        return Delivery(outcome="refused", detail=_("Il n’y a plus d’adresse à qui écrire."))
    locale = locale_of(context)
    with use_locale(locale):
        values = vocabulary.values(message, context.services.public_url)
    key = key_of(message.kind, message.audience)
    written = await context.services.write_message(key, values, locale=locale)
    composed = compose(context, message, written)
    if not settings.host:
        await mailbox.keep(context, message, composed, address)
        return Delivery(outcome="kept", recipient=address)
    try:
        await smtp.send(settings, composed, address)
    except smtp.RefusedForGood as error:
        return Delivery(outcome="refused", recipient=address, detail=str(error))
    return Delivery(outcome="sent", recipient=address)

"""The carrier: to the gateway, at a decent hour."""

from hookspecs import Delivery, Notice, PluginContext, SlotOffer, _

from . import gateway, words
from .numbers import Unreachable, mobile
from .quiet import wait_until
from .settings import SmsSettings


class SmsCarrier:
    """The kinds that the settings name, to whoever gave a number."""

    key = "notifications_sms:sms"
    label = "SMS"

    def carries(self, context: PluginContext, notice: Notice) -> bool:
        """Whether this goes by SMS. Who cancels their own appointment knows it already."""
        settings: SmsSettings = context.settings
        youth = notice.audience == "youth"
        if not settings.url or not words.recipient(notice).phone.strip():
            return False
        if notice.audience not in words.KINDS.get(notice.kind, ()):
            return False
        if notice.kind not in (settings.youth_kinds if youth else settings.advisor_kinds):
            return False
        own = notice.kind == "cancellation" and notice.appointment.status == "cancelled_by_youth"
        return not (youth and own)

    async def send(self, context: PluginContext, notice: Notice) -> Delivery:
        """Sends it now or says when. Raises when it is worth trying again."""
        return await _bring(
            context,
            notice,
            words.recipient(notice).phone,
            still_wanted=self.carries(context, notice),
        )

    def carries_offer(self, context: PluginContext, offer: SlotOffer) -> bool:
        """Whether this goes by SMS."""
        settings: SmsSettings = context.settings
        return bool(
            settings.url and offer.youth.phone.strip() and offer.kind in settings.youth_kinds
        )

    async def send_offer(self, context: PluginContext, offer: SlotOffer) -> Delivery:
        """The same for a slot that is kept."""
        return await _bring(
            context,
            offer,
            offer.youth.phone,
            still_wanted=self.carries_offer(context, offer),
        )


async def _bring(
    context: PluginContext, message: Notice | SlotOffer, given: str, *, still_wanted: bool
) -> Delivery:
    settings: SmsSettings = context.settings
    if not still_wanted:
        return Delivery(outcome="refused", detail=_("pas envoyé : ce n’est plus demandé"))
    try:
        number = mobile(given, settings.country)
    except Unreachable as error:
        return Delivery(outcome="refused", recipient=given, detail=str(error))
    until = wait_until(context, message)
    if until is not None:
        return Delivery(outcome="later", recipient=number, detail=_("attend le matin"), until=until)
    text = await words.write(context, message)
    try:
        given_id = await gateway.send(context, number, text.body, message.key)
    except gateway.RefusedForGood as error:
        return Delivery(outcome="refused", recipient=number, detail=str(error))
    told = ", ".join(filter(None, (text.size, given_id)))
    return Delivery(outcome="sent", recipient=number, detail=told)

"""The carrier: to the gateway, at a decent hour."""

from hookspecs import Delivery, Notice, PluginContext, _, ngettext

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
        if notice.kind not in (settings.youth_kinds if youth else settings.advisor_kinds):
            return False
        own = notice.kind == "cancellation" and notice.appointment.status == "cancelled_by_youth"
        return not (youth and own)

    async def send(self, context: PluginContext, notice: Notice) -> Delivery:
        """Sends it now or says when. Raises when it is worth trying again."""
        settings: SmsSettings = context.settings
        if not self.carries(context, notice):
            return Delivery(outcome="refused", detail=_("pas envoyé : ce n’est plus demandé"))
        given = words.recipient(notice).phone
        try:
            number = mobile(given, settings.country)
        except Unreachable as error:
            return Delivery(outcome="refused", recipient=given, detail=str(error))
        until = wait_until(notice, context.now, settings.quiet_from, settings.quiet_until)
        if until is not None:
            return Delivery(
                outcome="later", recipient=number, detail=_("attend le matin"), until=until
            )
        text = words.write(context, notice)
        try:
            given_id = await gateway.send(context, number, text.body, notice.key)
        except gateway.RefusedForGood as error:
            return Delivery(outcome="refused", recipient=number, detail=str(error))
        told = [
            ngettext("%(num)d SMS", "%(num)d SMS", text.parts) % {"num": text.parts},
            ngettext("%(num)d caractère", "%(num)d caractères", text.septets)
            % {"num": text.septets},
            given_id,
        ]
        return Delivery(outcome="sent", recipient=number, detail=", ".join(filter(None, told)))

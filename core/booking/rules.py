"""The core's own booking rules. Pure: all that they need is in the request, and `context.now` is the moment that counts
(when the slot was taken, not when a long form was sent).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from core.booking.lead import earliest_start
from core.clock import local_date
from core.contracts.booking import BookingRequest, BookingRule, RuleRefusal
from core.contracts.context import PluginContext
from core.web.i18n import _, ngettext

PLAIN_EMAIL = re.compile(
    r"[a-z0-9]+(?:[._+-][a-z0-9]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}",
    re.IGNORECASE | re.ASCII,
)
"""Most addresses: the library accepts them all, at thirty times the cost. It judges the others, and those that are not short."""
_SHORT = 60


class LeadTime:
    """At least so many elapsed hours ahead, exactly so many included, or from a working day on. Staff may book closer,
    never in the past.
    """

    key = "core:lead_time"
    label = "Délai avant l’entretien"

    def check(self, context: PluginContext, request: BookingRequest) -> Sequence[RuleRefusal]:
        """Refuses a start that is past or too close."""
        if request.starts_at <= context.now:
            return _no(self, _("Ce créneau est passé : choisissez-en un autre."))
        hours, days = request.lead_hours, request.lead_days
        if request.by_staff or in_lead_time(request.starts_at, context.now, hours, days):
            return []
        if days is None:
            message = ngettext(
                "Ce créneau est trop proche : il faut réserver %(num)d heure à l’avance au moins.",
                "Ce créneau est trop proche : il faut réserver %(num)d heures à l’avance au moins.",
                hours,
            )
            return _no(self, message % {"num": hours})
        message = ngettext(
            "Ce créneau est trop proche : il faut réserver %(num)d jour ouvré à l’avance au moins.",
            "Ce créneau est trop proche : il faut réserver %(num)d jours ouvrés à l’avance au moins.",
            days,
        )
        return _no(self, message % {"num": days})


class Horizon:
    """At most so many civil days ahead. Not for staff."""

    key = "core:horizon"
    label = "Réservations ouvertes à l’avance"

    def check(self, context: PluginContext, request: BookingRequest) -> Sequence[RuleRefusal]:
        """Refuses a day that is not open yet."""
        days = (local_date(request.starts_at) - local_date(context.now)).days
        if request.by_staff or days <= request.horizon_days:
            return []
        message = _(
            "Ce jour n’est pas encore ouvert : on réserve %(num)d jours à l’avance au plus."
        )
        return _no(self, message % {"num": request.horizon_days})


class Age:
    """Up to an age, inclusive, on the day of the appointment; a structure may receive who is older, and is told so."""

    key = "core:age"
    label = "Âge le jour de l’entretien"

    def check(self, context: PluginContext, request: BookingRequest) -> Sequence[RuleRefusal]:
        """Refuses who is older, and says who can help; lets them in where the structure wishes it."""
        born = request.birth_date
        if born is None:
            needed = _("Votre date de naissance est nécessaire.")
            return [] if request.by_staff else _no(self, needed, "birth_date")
        if born >= local_date(context.now):
            return _no(self, _("Cette date de naissance n’est pas encore passée."), "birth_date")
        if request.age_rule == "flag" or not is_over_age(born, request.starts_at, request.max_age):
            return []
        message = _(
            "Ces entretiens sont ouverts jusqu’à %(age)d ans inclus, le jour du rendez-vous. Pour un projet à"
            " l’étranger après cet âge, le conseil en évolution professionnelle (mon-cep.org) vous reçoit"
            " gratuitement."
        )
        return _no(self, message % {"age": request.max_age}, "birth_date")


class Residence:
    """For the people of the region."""

    key = "core:residence"
    label = "Habiter la région"

    def check(self, context: PluginContext, request: BookingRequest) -> Sequence[RuleRefusal]:
        """Refuses a commune outside the region, and says where to turn."""
        if request.in_region:
            return []
        message = _(
            "Ces entretiens sont pour les habitants de la région, et nous n’y trouvons pas cette commune. Si vous"
            " habitez ailleurs, le réseau Info Jeunes de votre région vous accueille."
        )
        return _no(self, message, "commune")


class Contacts:
    """What is needed to meet and to write: an e-mail, and a number when the interview is by phone."""

    key = "core:contacts"
    label = "Coordonnées"

    def check(self, context: PluginContext, request: BookingRequest) -> Sequence[RuleRefusal]:
        """Refuses a missing or broken contact."""
        refusals: list[RuleRefusal] = []
        if request.email and not is_email(request.email):
            message = _(
                "Cette adresse e-mail n’est pas valable. Vérifiez-la : c’est là que vous recevez le lien."
            )
            refusals += _no(self, message, "email")
        elif not request.email and request.mode == "video":
            message = _("Une adresse e-mail est nécessaire pour recevoir le lien de la visio.")
            refusals += _no(self, message, "email")
        elif not request.email and not ((request.by_staff or request.referred) and request.phone):
            refusals += _no(self, _("Une adresse e-mail est nécessaire."), "email")
        if request.phone and phone_e164(request.phone) is None:
            message = _("Ce numéro n’est pas valable. Écrivez-le par exemple 06 12 34 56 78.")
            refusals += _no(self, message, "phone")
        elif not request.phone and request.mode == "phone":
            message = _("Un numéro est nécessaire : c’est nous qui vous appelons.")
            refusals += _no(self, message, "phone")
        return refusals


BOOKING_RULES: Sequence[BookingRule] = (LeadTime(), Horizon(), Age(), Residence(), Contacts())


def in_lead_time(
    starts_at: datetime, now: datetime, lead_hours: int, lead_days: int | None = None
) -> bool:
    """Whether a start is far enough, the bound inclusive: in elapsed hours, or in working days when they are given."""
    return starts_at >= earliest_start(now, lead_hours, lead_days)


def is_over_age(born: date, starts_at: datetime, max_age: int) -> bool:
    """Whether someone is older than `max_age` on the day of the appointment."""
    return age_on(born, local_date(starts_at)) > max_age


def age_on(born: date, on: date) -> int:
    """Completed years. Someone born on 29 February grows older on 1 March in common years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_email(text: str) -> bool:
    """Whether an address is well formed; nothing is asked of the network."""
    if len(text) <= _SHORT and PLAIN_EMAIL.fullmatch(text):
        return True
    try:
        validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return False
    return True


@lru_cache(maxsize=1024)  # a form asks several times for the same number
def phone_e164(text: str) -> str | None:
    """A number in international form, French when no country is said; None when it is not a valid one."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_shown(number: str) -> str:
    """A number as people write it: French ones in pairs, others with their country; anything else as it is."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    form = phonenumbers.PhoneNumberFormat
    french = parsed.country_code == 33
    return phonenumbers.format_number(parsed, form.NATIONAL if french else form.INTERNATIONAL)


def _no(rule: BookingRule, message: str, field: str = "") -> list[RuleRefusal]:
    return [RuleRefusal(rule=rule.key, message=message, field=field)]

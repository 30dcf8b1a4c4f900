"""Telephone numbers that a text message can reach."""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from hookspecs import _

_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


class Unreachable(Exception):
    """No text message can reach this number; the message is French and says why."""


def mobile(text: str, country: str) -> str:
    """The number in E.164. `country` is that of numbers without an international prefix. Raises `Unreachable`."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        raise Unreachable(_("pas envoyé : numéro incorrect")) from error
    if not phonenumbers.is_valid_number(number):
        raise Unreachable(_("pas envoyé : numéro incorrect"))
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.FIXED_LINE:
        raise Unreachable(_("pas envoyé : numéro fixe"))
    if kind not in _MOBILE:
        raise Unreachable(_("pas envoyé : ce n’est pas un numéro de portable"))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)

"""When one may apply: the application calendar of a sheet, read on a day. Pure."""

from datetime import date

import msgspec

from core.catalogue import words
from core.contracts.matching import Programme
from core.web.i18n import _


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one may apply on a day, and the month (1 to 12) that follows from it: the last one that is open, or the next one that
    will be. None where the sheet does not tell.
    """

    is_open: bool | None
    month: int | None = None


def read_window(programme: Programme, today: date) -> Window:
    """The window of a sheet on a day. Months are whole: the day of a deadline is on the official site."""
    if programme.application_mode == "closed":
        return Window(is_open=False)
    months = set(programme.application_months)
    if len(months) == 12 or (not months and programme.application_mode == "rolling"):
        return Window(is_open=True)
    if not months:
        return Window(is_open=None)
    following = [(today.month - 1 + ahead) % 12 + 1 for ahead in range(13)]
    if today.month in months:
        shut = next(place for place, month in enumerate(following) if month not in months)
        return Window(is_open=True, month=following[shut - 1])
    return Window(is_open=False, month=next(month for month in following if month in months))


def say_window(window: Window) -> str:
    """« Candidatures ouvertes, jusqu’en janvier » ; empty when nothing is known or nothing ever closes."""
    if window.is_open is None:
        return ""
    if window.is_open:
        if window.month is None:
            return _("Candidatures ouvertes toute l’année")
        return _("Candidatures ouvertes, jusqu’en %(month)s") % {
            "month": words.month_name(window.month)
        }
    if window.month is None:
        return _("Candidatures fermées pour le moment")
    return _("Prochaines candidatures en %(month)s") % {"month": words.month_name(window.month)}

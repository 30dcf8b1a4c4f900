"""Public holidays of France, computed for any year by the `holidays` package."""

from datetime import date
from functools import cache

import holidays

_PENTECOST_MONDAY = "Lundi de Pentecôte"


@cache
def _of_year(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("FR", years=year, language="fr"))


def holiday_name(day: date) -> str:
    """The French name of the public holiday, or an empty string on any other day."""
    return _of_year(day.year).get(day, "")


def is_pentecost_monday(day: date) -> bool:
    """Whether it is the public holiday on which many work, the day of solidarity."""
    return holiday_name(day) == _PENTECOST_MONDAY


def is_working_day(day: date) -> bool:
    """Monday to Friday, public holidays left out: Pentecost Monday too, whoever works then."""
    return day.weekday() < 5 and not holiday_name(day)

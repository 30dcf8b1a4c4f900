"""Public holidays of France, computed for any year by the `holidays` package."""

from datetime import date
from functools import cache

import holidays


@cache
def _of_year(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("FR", years=year, language="fr"))


def holiday_name(day: date) -> str:
    """The French name of the public holiday, or an empty string on any other day."""
    return _of_year(day.year).get(day, "")

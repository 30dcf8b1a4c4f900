"""The Jinja environment: one prefix per room or plugin, autoescape, strict undefined, gettext, our filters."""

from collections.abc import Mapping, MutableMapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import nh3
from babel.dates import format_date, format_skeleton, format_time
from jinja2.nodes import EvalContext
from markdown_it import MarkdownIt
from markupsafe import Markup

from core.clock import PARIS
from core.web import i18n, region_map
from core.web.static import StaticFiles

_ROOMS = (
    "accounts",
    "agenda",
    "booking",
    "calendars",
    "catalogue",
    "demand",
    "extension",
    "followup",
    "interviews",
    "matching",
    "network",
    "notices",
    "privacy",
    "web",
)
_CORE = Path(__file__).parents[1]


class Environment(jinja2.Environment):
    """Jinja's, whose globals are complete before the first template is read: each template has them in one dict, not in a chain of two.

    Jinja compares the names of both at each import of macros, and pages import a lot.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of one template."""
        return {**self.globals, **(d or {})}


@jinja2.pass_eval_context
def translated(where: EvalContext, message: str, /, **values: object) -> str:
    """`_("…", name=value)` in a template: Jinja's own does the same by way of a second call, and fills in where there is nothing to."""
    return _filled(where, i18n._(message), values)


@jinja2.pass_eval_context
def translated_number(
    where: EvalContext, singular: str, plural: str, num: int, /, **values: object
) -> str:
    """`ngettext("…", "…", number)` in a template; the number is `%(num)d`."""
    return _filled(where, i18n.ngettext(singular, plural, num), {"num": num, **values})


def _filled(where: EvalContext, words: str, values: Mapping[str, object]) -> str:
    if where.autoescape:
        words = Markup(words)
    return words % values if "%" in words else words


def build_environment(plugins: Mapping[str, Path], static: StaticFiles) -> jinja2.Environment:
    """The environment of one application; `plugins` maps an id to its folder. A plugin cannot replace a core page."""
    loaders: dict[str, jinja2.BaseLoader] = {
        room: jinja2.FileSystemLoader(_CORE / room / "templates") for room in _ROOMS
    }
    for plugin_id, folder in plugins.items():
        loaders[plugin_id] = jinja2.FileSystemLoader(folder / "templates")
    environment = Environment(
        loader=jinja2.PrefixLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.install_gettext_callables(i18n._, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        _=translated,
        gettext=translated,
        ngettext=translated_number,
        static=static.url,
        timedelta=timedelta,
        region=region_map.region,
        project=region_map.project,
    )
    environment.filters.update(
        day=day,
        short_day=short_day,
        weekday=weekday,
        hour=hour,
        moment=moment,
        month=month,
        iso=iso,
        rich=rich,
    )
    return environment


def _local(value: datetime | date) -> datetime | date:
    return value.astimezone(PARIS) if isinstance(value, datetime) else value


def _day_of(value: datetime | date) -> date:
    at = _local(value)
    return at.date() if isinstance(at, datetime) else at


@lru_cache(maxsize=4096)
def _in_words(on: date, pattern: str, locale: str) -> str:
    """A page of slots names the same few days dozens of times, and each takes Babel a tenth of a millisecond.

    In French the first of a month is an ordinal, which CLDR does not say.
    """
    words = format_date(on, pattern, locale=locale)
    return words.replace(" 1 ", " 1er ", 1) if locale == "fr" and on.day == 1 else words


def day(value: datetime | date) -> str:
    """« mardi 9 février 2027 », "Tuesday 9 February 2027"."""
    return _in_words(_day_of(value), "EEEE d MMMM y", i18n.current_locale())


def short_day(value: datetime | date) -> str:
    """« mar. 9 févr. »."""
    return _in_words(_day_of(value), "EEE d MMM", i18n.current_locale())


def weekday(value: datetime | date) -> str:
    """« mardi »."""
    return _in_words(_day_of(value), "EEEE", i18n.current_locale())


def month(value: datetime | date) -> str:
    """« février 2027 »."""
    return format_skeleton("yMMMM", _local(value), locale=i18n.current_locale())


def hour(value: datetime) -> str:
    """« 14 h », « 14 h 30 » on the wall of the region; "14:00" in English."""
    at = value.astimezone(PARIS)
    if i18n.current_locale() == "en":
        return format_time(at, "HH:mm", locale="en")
    return f"{at.hour} h" if at.minute == 0 else f"{at.hour} h {at.minute:02d}"


def moment(value: datetime) -> str:
    """« mardi 9 février 2027 à 14 h »."""
    between = " at " if i18n.current_locale() == "en" else " à "
    return day(value) + between + hour(value)


def iso(value: datetime | date) -> str:
    """For `datetime` attributes: local time with its offset."""
    return _local(value).isoformat()


_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})


def rich(text: str) -> Markup:
    """Markdown written by staff, as safe HTML: raw HTML is not allowed in, and what comes out is cleaned again."""
    return Markup(nh3.clean(_markdown.render(text), url_schemes={"http", "https", "mailto", "tel"}))


def render(
    environment: jinja2.Environment, template: str, values: Mapping[str, Any], locale: str
) -> str:
    """Renders outside a request: messages, blocks."""
    with i18n.use_locale(locale):
        return environment.get_template(template).render(values)

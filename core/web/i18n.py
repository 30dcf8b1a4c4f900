"""Languages: French is the source, English a gettext catalogue; the locale of a request lives in a context variable."""

import gettext
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = ("fr", "en")
_TIED = re.compile(r" (?=[:;!?»])|(?<=«) ")
_locale: ContextVar[str] = ContextVar("somobilite_locale", default="fr")


@cache
def french(message: str) -> str:
    """A French text whose spaces before « : ; ! ? » and inside quotation marks do not break at the end of a line."""
    return _TIED.sub("\u00a0", message)


class Catalogues:
    """The catalogues of the core and of the plugins, joined; a missing message stays French."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._english: gettext.NullTranslations = gettext.NullTranslations()
        for folder in folders:
            path = folder / "en" / "LC_MESSAGES" / "messages.mo"
            if path.exists():
                with path.open("rb") as file:
                    catalogue = gettext.GNUTranslations(file)
                catalogue.add_fallback(self._english)
                self._english = catalogue

    def gettext(self, message: str) -> str:
        """`message` in the present language."""
        return self._english.gettext(message) if _locale.get() == "en" else french(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """`singular` or `plural` in the present language (French counts 0 as singular)."""
        if _locale.get() == "en":
            return self._english.ngettext(singular, plural, number)
        return french(singular if abs(number) < 2 else plural)


_catalogues = Catalogues([Path(__file__).parents[1] / "locale"])


def install_catalogues(catalogues: Catalogues) -> None:
    """Sets the catalogues that `_` reads. Texts only: they are the same for every application of a process."""
    global _catalogues  # noqa: PLW0603
    _catalogues = catalogues


def _(message: str) -> str:
    """`message` in the present language. Call it when the text is shown, never at import."""
    return _catalogues.gettext(message)


def N_(message: str) -> str:  # noqa: N802 - the name under which gettext's tools look for it
    """`message` as it is: one that is said at import and shown later through `_`."""
    return message


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form of `number` in the present language."""
    return _catalogues.ngettext(singular, plural, number)


def current_locale() -> str:
    """The language of the present request: `fr` or `en`."""
    return _locale.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Speaks `locale` for a while."""
    token = _locale.set(locale if locale in LOCALES else "fr")
    try:
        yield
    finally:
        _locale.reset(token)


def choose_locale(asked: str | None, cookie: str | None, accept: str | None, default: str) -> str:
    """The language of a request: asked in the address, else remembered, else the browser's, else the default."""
    for candidate in (asked, cookie):
        if candidate in LOCALES:
            return candidate
    for part in (accept or "").split(","):
        code = part.split(";")[0].strip()[:2].lower()
        if code in LOCALES:
            return code
    return default

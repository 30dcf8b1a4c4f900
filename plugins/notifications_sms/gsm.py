"""The alphabet of text messages (GSM 03.38): making a text fit, and how many messages it takes.

One character outside the alphabet would have the whole text sent in UCS-2, less than half as long: none is let through.
"""

import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Sent as an escape and a character: two septets, which two parts cannot share."""

ONE_PART = 160
EACH_PART = 153
"""A part of several is shorter: its header says which it is."""

_SIGNS = {"'": "‘’‚‛ʼ′`", '"': "“”„‟«»″", "-": "‐‑‒–—―−•·", "/": "÷⁄", " ": "\t"}
_LETTERS = {
    "oe": "œ",
    "OE": "Œ",
    "x": "×",
    "o": "°",
    "l": "ł",
    "L": "Ł",
    "d": "đð",
    "D": "ĐÐ",
    "i": "ı",
}
_NEAR = {
    sign: near for table in (_SIGNS, _LETTERS) for near, signs in table.items() for sign in signs
}


def fit(text: str) -> str:
    """The same text in the alphabet: near signs, letters without their marks; « ? » for other letters, nothing for pictures."""
    return "".join(_fit(character) for character in unicodedata.normalize("NFC", text))


def _fit(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    if character in _NEAR:
        return _NEAR[character]
    plain = unicodedata.normalize("NFKD", character)
    near = "".join(sign if sign in BASIC | EXTENDED else _NEAR.get(sign, "") for sign in plain)
    return "?" if character.isalnum() and not near.strip() else near


def replaced(text: str) -> list[str]:
    """The signs of a text that `fit` would change, each once, in their order."""
    signs = dict.fromkeys(unicodedata.normalize("NFC", text))
    return [sign for sign in signs if fit(sign) != sign]


def septets(text: str) -> int:
    """The length of a text of the alphabet, in septets."""
    return sum(2 if character in EXTENDED else 1 for character in text)


def parts(text: str) -> int:
    """How many messages a text of the alphabet takes."""
    if septets(text) <= ONE_PART:
        return 1
    number, room = 1, EACH_PART
    for character in text:
        size = septets(character)
        if size > room:
            number, room = number + 1, EACH_PART
        room -= size
    return number

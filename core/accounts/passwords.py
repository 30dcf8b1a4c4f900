"""Passwords: argon2id, computed in two threads of their own so that a burst of sign-ins neither stops the
server nor takes its memory (64 MiB each).
"""

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Refused
from core.web.i18n import _

MIN_LENGTH = 12
MAX_LENGTH = 200
_TRIED_FIRST = (
    "motdepasse", "mot de passe", "password", "passw0rd", "azertyuiop", "azerty", "qwertyuiop", "qwerty", "qsdfghjklm",
    "1q2w3e4r5t", "1q2w3e", "a1z2e3r4t5", "abcdefgh", "abcd", "abc", "1234567890", "0123456789", "123456789", "987654321",
    "123456", "12345", "1234", "123", "2024", "2025", "2026", "2027", "2028", "bonjour", "bienvenue", "welcome", "letmein",
    "iloveyou", "jetaime", "doudou", "chouchou", "loulou", "soleil", "princesse", "admin", "coucou", "marseille", "bordeaux",
    "nouvelle-aquitaine", "aquitaine", "so mobilité", "somobilite", "mobilité", "mobilite", "infojeunes", "crij",
)  # fmt: skip
"""What guessing begins with, from the longest to the shortest of a family: it counts for nothing."""
HASHER = PasswordHasher()
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(
        _THREADS, HASHER.hash, _normal(password)
    )


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Without a stored hash it takes as long, and is false."""
    return await asyncio.get_running_loop().run_in_executor(
        _THREADS, _verify, stored, _normal(password)
    )


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def check_strength(password: str, *known: str) -> None:
    """Refuses what would be guessed: too short, too plain, or made of what is `known` of the person (field `password`)."""
    if len(password) < MIN_LENGTH:
        raise Refused(
            _("Choisissez %(least)d caractères au moins : quelques mots que vous seul·e associez.")
            % {"least": MIN_LENGTH},
            field="password",
        )
    if len(password) > MAX_LENGTH:
        raise Refused(
            _("C’est trop long : %(most)d caractères au plus.") % {"most": MAX_LENGTH},
            field="password",
        )
    plain = password.casefold()
    parts = [part for text in known for part in re.split(r"\W+", text) if len(part) > 2]
    for word in (*known, *parts, *_TRIED_FIRST):
        plain = plain.replace(word.casefold(), "")
    if len(plain) < MIN_LENGTH // 2 or len(set(plain)) < 5:
        raise Refused(
            _("Ce mot de passe se devine trop facilement. Choisissez-en un autre."),
            field="password",
        )


def _normal(password: str) -> str:
    """The same letters whatever the keyboard that composed them."""
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    return HASHER.hash("the password of nobody")


def _verify(stored: str | None, password: str) -> bool:
    try:
        HASHER.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None

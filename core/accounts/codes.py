"""The codes of the second factor: those of a telephone, which change with the time, and those that are kept for the day it is lost."""

import hashlib
import secrets
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

import pyotp
import segno

STEP_SECONDS = 30
RECOVERY_CODES = 10
_ISSUER = "So Mobilité"
_DRIFT = 1
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""32 signs without those that are taken for another: what is typed is read with the same forgiveness."""
_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v", "-": None, " ": None})
_GROUPS, _GROUP = 6, 4  # 24 signs, 120 bits: too many to guess, even for who reads the hashes


def new_secret() -> str:
    """A secret to share with a telephone: 160 bits, in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """What the square picture says: the secret, whose account it is, and of what."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def picture(address: str) -> str:
    """The address as a square that a telephone reads: an SVG element, black on white in any theme, decorative (the secret stands beside)."""
    return segno.make(address, error="m", micro=False).svg_inline(
        dark="#000", light="#fff", border=4, omitsize=True, svgclass="qr", lineclass=None
    )


def spaced(secret: str) -> str:
    """The secret in groups of four, as one types it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def matching_step(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """The time step that a code belongs to: the present one or a neighbour (a telephone's clock drifts), later than the last that
    opened; None for a wrong code or one that has served.
    """
    present = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if compare_digest(totp.generate_otp(step), code) and step > last_step:
            found = step
    return found


def digits_of(typed: str) -> str:
    """Six digits out of what was typed, however spaced; an empty string for anything else."""
    code = "".join(typed.split())
    return code if len(code) == 6 and code.isascii() and code.isdigit() else ""


def new_recovery_codes() -> list[str]:
    """Ten codes, each good once, to print or to keep with one's passwords."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(account_id: UUID, typed: str) -> bytes:
    """What the database keeps of a recovery code, whatever its case, spaces and dashes."""
    plain = typed.strip().lower().translate(_MISREAD)
    return hashlib.sha256(account_id.bytes + plain.encode()).digest()

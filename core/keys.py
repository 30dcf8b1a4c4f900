"""The platform's keys: one that signs, and those that seal, of which the first seals and each opens."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import SealError
from core.settings import Settings


class Keyring:
    """Signatures under the platform's one key, each purpose apart.

    What is sealed is sealed by the first of `sealing` (without any, by the key itself); the others and the key go on
    opening what they sealed, until it is sealed anew.
    """

    def __init__(self, key: str, sealing: Sequence[str] = ()) -> None:
        self._key = key.encode()
        self._sealing = [one.encode() for one in sealing]

    def sign(self, purpose: str, text: str) -> str:
        """A URL-safe signature of `text`, 128 bits; another purpose gives another signature."""
        digest = hmac.digest(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def check(self, purpose: str, text: str, signature: str) -> bool:
        """Whether `signature` is ours, in constant time."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())

    def derive(self, purpose: str) -> str:
        """A secret for a library that wants one of its own."""
        return _derive(self._key, purpose).hex()

    def seal(self, purpose: str, text: str) -> str:
        """`text` as nobody without a key can read or forge it; sealed twice, it differs."""
        return self._cipher(purpose).encrypt(text.encode()).decode()

    def unseal(self, purpose: str, sealed: str) -> str:
        """The text that was sealed for the same purpose. Raises `SealError`."""
        try:
            return self._cipher(purpose).decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealError("none of the present keys sealed this for this purpose") from error

    def reseal(self, purpose: str, sealed: str) -> str | None:
        """The same text under the first key; None when it already is. Raises `SealError`."""
        try:
            self._ciphers(purpose)[0].decrypt(sealed.encode())
        except InvalidToken:
            return self.seal(purpose, self.unseal(purpose, sealed))
        return None

    def _cipher(self, purpose: str) -> MultiFernet:
        return MultiFernet(self._ciphers(purpose))

    def _ciphers(self, purpose: str) -> list[Fernet]:
        return [
            Fernet(urlsafe_b64encode(_derive(key, f"seal:{purpose}")))
            for key in (*self._sealing, self._key)
        ]


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()


def load_key(settings: Settings) -> Keyring:
    """The keys of the settings; the one that signs is generated once in the data folder when none is set."""
    if settings.secret_key:
        return Keyring(settings.secret_key, settings.sealing_keys)
    path = Path(settings.data_dir) / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return Keyring(path.read_text().strip(), settings.sealing_keys)

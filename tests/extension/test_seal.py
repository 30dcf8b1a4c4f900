"""Secrets at rest: sealed under the platform's key, each purpose apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SealError
from core.keys import Keyring


@settings(deadline=None)  # the first one loads the ciphers
@given(text=st.text())
def test_what_is_sealed_opens_and_cannot_be_read(text):
    keys = Keyring("one key")
    sealed = keys.seal("purpose", text)
    assert keys.unseal("purpose", sealed) == text
    assert len(text) < 4 or text not in sealed
    assert keys.seal("purpose", text) != sealed


def test_another_purpose_another_key_and_a_touched_text_open_nothing():
    sealed = Keyring("one key").seal("purpose", "secret")
    touched = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    for keys, purpose, text in (
        (Keyring("one key"), "other", sealed),
        (Keyring("another"), "purpose", sealed),
        (Keyring("one key"), "purpose", touched),
        (Keyring("one key"), "purpose", ""),
        (Keyring("one key"), "purpose", "é"),
    ):
        with pytest.raises(SealError):
            keys.unseal(purpose, text)


def test_a_plugin_seals_apart_from_the_core(platform):
    sealed = platform.services.seal("purpose", "secret")
    assert platform.services.unseal("purpose", sealed) == "secret"
    with pytest.raises(SealError):
        platform.keys.unseal("purpose", sealed)

import unicodedata

import pytest
from argon2 import PasswordHasher

from core.accounts import passwords
from core.accounts.passwords import check_strength, hash_password, needs_rehash, verify_password
from core.errors import Refused


async def test_a_password_is_kept_as_argon2id_and_only_the_same_one_opens():
    stored = await hash_password("une barque sur la Dordogne")
    assert stored.startswith("$argon2id$")
    assert await verify_password(stored, "une barque sur la Dordogne")
    assert not await verify_password(stored, "une barque sur la dordogne")


async def test_the_same_letters_composed_otherwise_open_too():
    stored = await hash_password(unicodedata.normalize("NFC", "été à Périgueux"))
    assert await verify_password(stored, unicodedata.normalize("NFD", "été à Périgueux"))


async def test_nobody_has_no_password_and_the_work_is_done_all_the_same(monkeypatch):
    seen = []

    class Spy(PasswordHasher):
        def verify(self, stored, password):
            seen.append(stored)
            return super().verify(stored, password)

    monkeypatch.setattr(passwords, "HASHER", Spy())
    assert not await verify_password(None, "the password of nobody")
    assert seen[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_broken_hash_opens_to_nobody():
    assert not await verify_password("not a hash", "anything at all")


def test_a_hash_with_weaker_parameters_is_to_be_made_again():
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))
    assert not needs_rehash(passwords.HASHER.hash("x"))


@pytest.mark.parametrize(
    "password",
    [
        "court",
        "aaaaaaaaaaaaaaaa",
        "camille.essai1234",
        "x" * 201,
        "121212121212121",
        "Motdepasse2027!",
        "azertyuiop123456",
        "SoMobilite2026",
        "PasswordPassword",
        "camilleessai2026",
    ],
)
def test_what_would_be_guessed_is_refused(password):
    with pytest.raises(Refused) as refusal:
        check_strength(password, "Camille Essai", "camille.essai")
    assert refusal.value.field == "password"


def test_a_small_sentence_is_fine():
    check_strength("une barque sur la Dordogne", "Camille Essai")

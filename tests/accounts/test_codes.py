from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from core.accounts import codes

NOON = datetime(2027, 1, 25, 12, 0, 10, tzinfo=UTC)
STEP = int(NOON.timestamp()) // codes.STEP_SECONDS
moments = st.integers(0, 10**9).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(at=moments, drift=st.integers(-4, 4))
def test_the_present_code_and_its_neighbours_open_and_no_other(at, drift):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    shown_at = at + timedelta(seconds=codes.STEP_SECONDS * drift)
    code = pyotp.TOTP(secret).at(shown_at)
    step = codes.matching_step(secret, code, at, 0)
    near = {pyotp.TOTP(secret).at(at + timedelta(seconds=30 * one)) for one in (-1, 0, 1)}
    assert (step is not None) == (code in near)
    if abs(drift) <= 1:
        assert step == int(at.timestamp()) // 30 + drift


@given(last=st.integers(-3, 3))
def test_a_step_that_has_served_and_those_before_it_open_no_more(last):
    secret = codes.new_secret()
    step = codes.matching_step(secret, pyotp.TOTP(secret).at(NOON), NOON, STEP + last)
    assert (step == STEP) == (last < 0)


@given(st.text(max_size=12))
def test_only_six_digits_are_a_code_of_the_telephone(typed):
    found = codes.digits_of(typed)
    assert found == "" or (len(found) == 6 and set(found) <= set("0123456789"))


def test_digits_may_be_spaced_as_telephones_show_them():
    assert codes.digits_of(" 123 456 ") == "123456"
    assert codes.digits_of("١٢٣٤٥٦") == ""


def test_a_recovery_code_is_read_whatever_its_case_spaces_and_look_alikes():
    account = uuid4()
    code = "0o1l-iuv0-abcd-efgh-jkmn-pqrs"
    same = codes.hash_recovery_code(account, code)
    assert same == codes.hash_recovery_code(account, " 001L 1VV0 ABCD efgh-jkmn-PQRS ")
    assert same != codes.hash_recovery_code(uuid4(), code)
    assert same != codes.hash_recovery_code(account, code[:-1] + "t")


def test_ten_recovery_codes_are_ten_and_hard_to_guess():
    fresh = codes.new_recovery_codes()
    assert len({codes.hash_recovery_code(uuid4(), code) for code in fresh}) == 10
    assert all(len(code.replace("-", "")) == 24 for code in fresh)


def test_the_picture_says_whose_account_it_is_and_needs_no_style_of_its_own():
    address = codes.address_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "romane@essai.example")
    assert address.startswith("otpauth://totp/So%20Mobilit%C3%A9:romane%40essai.example?secret=J")
    svg = codes.picture(address)
    assert svg.startswith("<svg ")
    assert not {"style=", "<style", "<script", "href"} & set(svg.split())
    assert "style" not in svg

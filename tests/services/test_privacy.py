"""Numbers become keyed hashes, names are sealed, keys change while old values stay readable."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from services.privacy import APPLICANT_KEY, Privacy, check_edrpou, check_rnokpp

ONE, TWO = "11" * 32, "22" * 32
RNOKPP_WEIGHTS = (-1, 5, 7, 9, 4, 6, 10, 5, 7)


@pytest.fixture
def privacy() -> Privacy:
    return Privacy(f"1:{ONE}", f"1:{ONE}")


@pytest.fixture
def rotated() -> Privacy:
    """The same keys with a newer one in front."""
    return Privacy(f"2:{TWO},1:{ONE}", f"2:{TWO},1:{ONE}")


def test_a_number_has_one_key_that_does_not_show_it(privacy: Privacy) -> None:
    """The same identity gives the same key every time, with its version in front and the number nowhere in it."""
    [key] = privacy.keys("rnokpp", "1759013776")
    assert APPLICANT_KEY.match(key)
    assert key.startswith("v1:")
    assert "1759013776" not in key
    assert privacy.keys("rnokpp", "1759013776") == [key]
    assert privacy.keys("rnokpp", "1759013777") != [key]


def test_kinds_of_identity_never_meet(privacy: Privacy) -> None:
    """A document and a tax number with the same digits are two identities."""
    assert privacy.keys("rnokpp", "12345678") != privacy.keys("edrpou", "12345678")


def test_under_rotation_every_live_version_is_looked_up(privacy: Privacy, rotated: Privacy) -> None:
    """After a new key came, the newest key is first and the old one is still tried."""
    keys = rotated.keys("rnokpp", "1759013776")
    assert [key[:3] for key in keys] == ["v2:", "v1:"]
    assert keys[1:] == privacy.keys("rnokpp", "1759013776")


def test_what_was_sealed_opens_again(privacy: Privacy) -> None:
    """Sealing hides the text and is another one every time; opening gives it back."""
    name = "Марія Дем’яненко".encode()
    sealed = privacy.seal(name, context=b"booking/1")
    assert name not in sealed
    assert sealed != privacy.seal(name, context=b"booking/1")
    assert privacy.open(sealed, context=b"booking/1") == name


def test_old_seals_open_after_rotation_and_new_ones_take_the_new_key(privacy: Privacy, rotated: Privacy) -> None:
    """Rotation needs no rewriting of what is stored."""
    assert rotated.open(privacy.seal(b"name", context=b"row"), context=b"row") == b"name"
    sealed = rotated.seal(b"name", context=b"row")
    assert sealed[0] == 2
    assert Privacy(f"1:{ONE}", f"2:{TWO}").open(sealed, context=b"row") == b"name"


def test_a_retired_key_opens_nothing(privacy: Privacy, rotated: Privacy) -> None:
    """What was sealed with a key that is no longer given cannot be read."""
    with pytest.raises(KeyError):
        privacy.open(rotated.seal(b"name", context=b"row"), context=b"row")


def test_a_sealed_value_cannot_be_moved_to_another_row(privacy: Privacy) -> None:
    """The context is part of the seal."""
    with pytest.raises(InvalidTag):
        privacy.open(privacy.seal(b"name", context=b"row/1"), context=b"row/2")


def test_a_changed_byte_is_noticed(privacy: Privacy) -> None:
    """Every byte of the sealed value is guarded, the version included."""
    sealed = privacy.seal(b"name", context=b"row")
    for place in range(len(sealed)):
        forged = bytearray(sealed)
        forged[place] ^= 1
        with pytest.raises((InvalidTag, KeyError)):
            privacy.open(bytes(forged), context=b"row")


@pytest.mark.parametrize("keys", ["", "1", "1:abc", "1:" + "11" * 16, "0:" + ONE, "256:" + ONE, "x:" + ONE])
def test_wrong_keys_stop_the_start(keys: str) -> None:
    """A service does not start with keys that are missing, short or without a version."""
    with pytest.raises(ValueError):
        Privacy(keys, f"1:{ONE}")


@pytest.mark.parametrize("number", ["1759013776", "3184710691", "2245134075"])
def test_real_tax_numbers_pass(number: str) -> None:
    """Numbers from the published descriptions of the scheme."""
    assert check_rnokpp(number)


@pytest.mark.parametrize("code", ["32855961", "00032112", "14360570", "20077720", "00131305", "21560045", "37508596"])
def test_real_company_codes_pass(code: str) -> None:
    """Codes of well-known companies, of both ranges with their weights."""
    assert check_edrpou(code)


@pytest.mark.parametrize(
    "text", ["", "175901377", "17590137766", "175901377x", " 759013776", "１７５９０１３７７６", "1759013776\n"]
)
def test_what_is_not_ten_digits_is_no_tax_number(text: str) -> None:
    """Ten ASCII digits and nothing else."""
    assert not check_rnokpp(text)


@pytest.mark.parametrize("text", ["", "3285596", "328559611", "3285596x", "32855961\n", "３２８５５９６１"])
def test_what_is_not_eight_digits_is_no_company_code(text: str) -> None:
    """Eight ASCII digits and nothing else."""
    assert not check_edrpou(text)


def _sum(number: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 9), st.integers(1, 9))
def test_a_mistyped_digit_of_a_tax_number_is_noticed(body: str, place: int, shift: int) -> None:
    """Any single wrong digit is found, but for the one pair that the scheme writes alike (remainders 0 and 10)."""
    remainder = _sum(body, RNOKPP_WEIGHTS) % 11
    number = body + str(remainder % 10)
    assert check_rnokpp(number)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    if {remainder, _sum(wrong, RNOKPP_WEIGHTS) % 11} != {0, 10}:
        assert not check_rnokpp(wrong)


@given(st.from_regex(r"[0-9]{7}", fullmatch=True), st.integers(0, 7), st.integers(1, 9))
def test_a_mistyped_digit_of_a_company_code_is_noticed(body: str, place: int, shift: int) -> None:
    """Any single wrong digit is found where both codes have the same weights and need no second round."""
    number = next(code for digit in range(10) if check_edrpou(code := f"{body}{digit}"))
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    weights = [
        (7, 1, 2, 3, 4, 5, 6) if 30_000_000 <= int(code) <= 60_000_000 else (1, 2, 3, 4, 5, 6, 7)
        for code in (number, wrong)
    ]
    second_round = 10 in {_sum(code, weight) % 11 for code, weight in zip((number, wrong), weights, strict=True)}
    if weights[0] == weights[1] and not second_round:
        assert not check_edrpou(wrong)


@given(st.from_regex(r"[0-9]{7}", fullmatch=True))
def test_every_company_code_has_exactly_one_check_digit(body: str) -> None:
    """Nine of ten last digits are wrong."""
    assert sum(check_edrpou(f"{body}{digit}") for digit in range(10)) == 1

"""Invented citizens: the same ones for the same index, with valid and distinct numbers."""

from hypothesis import given
from hypothesis import strategies as st

from services.local.people import CITIZENS, citizen, with_check_digit
from services.privacy import check_edrpou, check_rnokpp

indexes = st.integers(1, CITIZENS - 1)


@given(indexes)
def test_every_invented_number_has_a_right_check_digit(index: int) -> None:
    """So that every service takes it."""
    assert check_rnokpp(citizen(index).number)


@given(indexes, indexes)
def test_two_invented_citizens_never_share_a_number(one: int, other: int) -> None:
    """However far apart they are."""
    assert (citizen(one).number == citizen(other).number) == (one == other)


def test_ten_thousand_invented_citizens_have_ten_thousand_numbers() -> None:
    """A load test needs that many."""
    assert len({citizen(index).number for index in range(1, 10_001)}) == 10_000


def test_the_names_agree_with_the_sex_that_the_number_tells() -> None:
    """The ninth digit of a РНОКПП is odd for men; men's patronymics end in -ич."""
    for person in map(citizen, range(1, 200)):
        assert person.patronymic.endswith("ич") == (person.number[8] in "13579")


@given(st.integers(1, 9_999_999))
def test_a_check_digit_is_found_for_every_legal_entity(digits: int) -> None:
    """Seven digits become a valid ЄДРПОУ."""
    assert check_edrpou(with_check_digit(f"{digits:07d}"))

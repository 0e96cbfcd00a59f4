"""Codes that people can type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_svc.places.domain import ALPHABET, LENGTH, UnknownCode, code_of, read_code

random = st.binary(min_size=16, max_size=16)


@given(random, random)
def test_a_code_holds_all_bits(one: bytes, other: bytes) -> None:
    """Two that differ in one bit have different codes."""
    assert (code_of(one) == code_of(other)) == (one == other)
    assert len(code_of(one)) == LENGTH


@given(random)
def test_a_code_is_read_as_it_was_written(one: bytes) -> None:
    """Also in capitals, with hyphens and blanks."""
    code = code_of(one)
    assert read_code(code) == read_code(code.upper()) == read_code(f"{code[:5]}-{code[5:]} ") == code


@pytest.mark.parametrize(("written", "meant"), [("O" * 26, "0" * 26), ("iIlL" + "1" * 22, "1" * 26)])
def test_letters_that_look_like_digits_are_digits(written: str, meant: str) -> None:
    """Nobody sees which of them is printed."""
    assert read_code(written) == meant


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_code_or_refused(written: str) -> None:
    """Nothing else comes out."""
    try:
        code = read_code(written)
    except UnknownCode:
        return
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)

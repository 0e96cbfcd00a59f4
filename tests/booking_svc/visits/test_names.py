"""Names are compared exactly, but for spelling that nobody sees."""

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.visits.names import APOSTROPHES, Names, differing, folded

SAME = [
    # case
    ("Коваль", "КОВАЛЬ"),
    ("коваль", "Коваль"),
    ("ГРИЦЮК", "Грицюк"),
    ("Ґалаґан", "ҐАЛАҐАН"),
    ("Їжак", "їЖАК"),
    ("Kowalski", "KOWALSKI"),
    ("Wiśniewska", "WIŚNIEWSKA"),
    ("Łukasz", "łukasz"),
    ("Großmann", "GROSSMANN"),
    # apostrophes
    ("Мар'яна", "Мар’яна"),
    ("Мар'яна", "Марʼяна"),
    ("Мар'яна", "Мар`яна"),
    ("Мар'яна", "Мар‘яна"),
    ("Мар'яна", "Мар´яна"),
    ("Мар'яна", "Марʹяна"),
    ("Мар'яна", "Мар′яна"),
    ("Мар'яна", "Мар＇яна"),
    ("В’ЯЧЕСЛАВ", "в'ячеслав"),
    ("O'Connor", "O’CONNOR"),
    # Latin letters that look like Cyrillic ones
    ("Іваненко", "Iваненко"),
    ("ІВАНЕНКО", "IBAHEHKO"),
    ("Олена", "Oлeнa"),
    ("Сорока", "Copoкa"),
    ("ХОМЕНКО", "XOMEHKO"),
    ("Рутковська", "Pутковськa"),
    ("Тарас", "Tapac"),
    ("МАКСИМ", "MAKCИM"),
    ("Їжакевич", "Ïжакевич"),
    ("Їжакевич", "I\u0308жакевич"),
    ("Вовк", "Boвк"),
    # double names
    ("Нечуй-Левицький", "Нечуй–Левицький"),
    ("Нечуй-Левицький", "Нечуй—Левицький"),
    ("Нечуй-Левицький", "Нечуй‑Левицький"),
    ("Нечуй-Левицький", "Нечуй‐Левицький"),
    ("Нечуй-Левицький", "Нечуй−Левицький"),
    ("Нечуй-Левицький", "Нечуй - Левицький"),
    ("Нечуй-Левицький", "НЕЧУЙ -ЛЕВИЦЬКИЙ"),
    ("Нечуй-Левицький", "Нечуй Левицький"),
    ("Анна Марія", "Анна\u00a0Марія"),
    ("Анна Марія", "Анна  Марія"),
    ("Анна Марія", "АННА-МАРІЯ"),
    ("Skłodowska-Curie", "SKŁODOWSKA – CURIE"),
    # one character or two
    ("Сергій", unicodedata.normalize("NFD", "Сергій")),
    ("ЛЕВИЦЬКИЙ", unicodedata.normalize("NFD", "Левицький")),
    ("Їжак", unicodedata.normalize("NFD", "Їжак")),
    ("Wójcik", unicodedata.normalize("NFD", "WÓJCIK")),
    ("Йосип", unicodedata.normalize("NFD", "ЙОСИП")),
    # what cannot be seen at all
    ("Коваль", " Коваль\u200b"),
    ("Ковальчук", "Коваль\u00adчук"),
    ("Коваль", "\ufeffКоваль"),
    # all of it
    ("Мар'яна-Соломія", "MAP’ЯHA — Cолом\u0456я"),
]
DIFFERENT = [
    ("Коваль", "Ковальчук"),
    ("Олена", "Олєна"),
    ("Олена", "Аліна"),
    ("Наталія", "Наталя"),
    ("Мар'яна", "Маряна"),
    ("Ганна", "Анна"),
    ("Ірина", "Ирина"),
    ("Гриценко", "Ґриценко"),
    ("Сергій", "Сергіи"),
    ("Їжак", "Іжак"),
    ("Семен", "Семён"),
    ("Володимир", "Vолодимир"),
    ("Олександр", "Александр"),
    ("Дмитро", "Дмитрo1"),
    ("Нечуй-Левицький", "НечуйЛевицький"),
    ("Нечуй-Левицький", "Левицький-Нечуй"),
    ("Нечуй-Левицький", "Левицький"),
    ("Kowalski", "Ковальські"),
    ("Łukasz", "Lukasz"),
    ("Wójcik", "Wojcik"),
    ("Петренко", "Петреннко"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_name_in_another_spelling_matches(one: str, other: str) -> None:
    """Case, apostrophes, look-alikes, hyphens and blanks, composed and decomposed letters."""
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_name_does_not_match(one: str, other: str) -> None:
    """Nothing fuzzier: a missing apostrophe, a letter more, a related letter is another name."""
    assert folded(one) != folded(other)


def test_every_apostrophe_is_the_same() -> None:
    """Whatever key the registrar pressed."""
    assert len({folded(f"Мар{one}яна") for one in APOSTROPHES}) == 1


@given(st.text(max_size=30))
def test_folding_is_stable(name: str) -> None:
    """Of any text: folding what is folded changes nothing, and neither does its form or case."""
    once = folded(name)
    assert folded(once) == once
    assert folded(unicodedata.normalize("NFD", name)) == folded(unicodedata.normalize("NFC", name)) == once


FULL = Names("Нечуй-Левицький", "Мар'яна", "Сергіївна")


@pytest.mark.parametrize(
    ("shown", "differs"),
    [
        (FULL, []),
        (Names("НЕЧУЙ–ЛЕВИЦЬКИЙ", "МАР’ЯНА", "СЕРГІЇВНА"), []),
        (FULL._replace(patronymic=None), []),
        (FULL._replace(patronymic="—"), []),
        (FULL._replace(patronymic="Іванівна"), ["patronymic"]),
        (FULL._replace(family_name="Коваль"), ["family_name"]),
        (Names("Коваль", "Олена", "Іванівна"), ["family_name", "given_name", "patronymic"]),
        (Names("Мар'яна", "Нечуй-Левицький", None), ["family_name", "given_name"]),
    ],
)
def test_what_differs_is_named_by_its_field(shown: Names, differs: list[str]) -> None:
    """A patronymic that is left out is not compared."""
    assert differing(FULL, shown) == differs


def test_a_patronymic_that_the_booking_lacks_is_not_compared() -> None:
    """Left out on either side; but never for a name that must be there."""
    for booked, shown in product((None, "Сергіївна"), repeat=2):
        assert differing(FULL._replace(patronymic=booked), FULL._replace(patronymic=shown)) == []
    assert differing(FULL._replace(given_name="-"), FULL._replace(given_name="Мар'яна")) == ["given_name"]

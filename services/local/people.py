"""Invented citizens: the K-th is always the same person, and no two have the same number."""

from dataclasses import dataclass

from services.privacy import check_edrpou, check_rnokpp


def _words(text: str) -> list[str]:
    return text.split()


WOMEN = _words(
    "Олена Оксана Наталія Ірина Тетяна Людмила Світлана Марія Ганна Катерина Юлія Вікторія Дарина Софія "
    "Соломія Богдана Надія Любов Віра Галина Леся Зоряна Яна Поліна Злата"
)
MEN = _words(
    "Олександр Сергій Андрій Володимир Микола Іван Петро Василь Тарас Богдан Юрій Ігор Роман Дмитро "
    "Максим Артем Назар Остап Степан Михайло Павло Григорій Ярослав Лев Данило"
)
FAMILIES = _words(
    "Шевченко Бондаренко Коваленко Ткаченко Кравченко Мельник Поліщук Ковальчук Савчук Романюк Гнатюк "
    "Панасюк Лисенко Мороз Левченко Марченко Руденко Петренко Клименко Павленко Гончар Сорока Швець "
    "Кушнір Гуменюк Заєць Дорош Пилипенко Яценко Оліх В'юн Щербань Юхименко Ґудзь Їжак"
)
PATRONYMICS = (
    ("Олександрівна", "Олександрович"), ("Сергіївна", "Сергійович"), ("Андріївна", "Андрійович"),
    ("Володимирівна", "Володимирович"), ("Миколаївна", "Миколайович"), ("Іванівна", "Іванович"),
    ("Петрівна", "Петрович"), ("Василівна", "Васильович"), ("Тарасівна", "Тарасович"),
    ("Богданівна", "Богданович"), ("Юріївна", "Юрійович"), ("Степанівна", "Степанович"),
    ("Михайлівна", "Михайлович"), ("Григорівна", "Григорович"), ("Ярославівна", "Ярославович"),
)  # fmt: skip
FOREIGN_NAMES = ("Anna", "Piotr", "Maria", "Jan", "Katarzyna", "Thomas", "Elena", "Mihai", "Sofia", "David")
FOREIGN_FAMILIES = ("Kowalska", "Nowak", "Weber", "Ionescu", "Silva", "Novotny", "Horvath", "Rossi", "Lind")

FIRST_BIRTH = 16_803  # 1946-01-01, in days since 1899-12-31
BIRTHS = 22_279  # a prime, some 61 years
PAIRS = 5_000  # serials of women (even) and men (odd) born on one day
CITIZENS = BIRTHS * PAIRS


@dataclass(frozen=True)
class Citizen:
    """Names as in a passport, and the tax number (РНОКПП)."""

    number: str
    family_name: str
    given_name: str
    patronymic: str


@dataclass(frozen=True)
class Names:
    """`patronymic` is None for a foreigner."""

    family_name: str
    given_name: str
    patronymic: str | None


def citizen(index: int) -> Citizen:
    """The invented citizen of that index, from 1."""
    names = ukrainian_names(index, male=index % 2 == 1)
    number = tax_number(index, male=index % 2 == 1)
    return Citizen(number, names.family_name, names.given_name, names.patronymic or "")


def tax_number(index: int, *, male: bool) -> str:
    """Days of birth (5 digits), serial whose last digit is odd for men (4), check digit; distinct for every index."""
    born = FIRST_BIRTH + index * 7_919 % BIRTHS
    serial = (index // BIRTHS + 137) % PAIRS * 2 + male
    return with_check_digit(f"{born:05d}{serial:04d}")


def with_check_digit(digits: str) -> str:
    """The РНОКПП of nine digits or the ЄДРПОУ of seven with the digit that makes it valid."""
    check = check_rnokpp if len(digits) == 9 else check_edrpou
    return next(number for number in (digits + str(last) for last in range(10)) if check(number))


def ukrainian_names(index: int, *, male: bool) -> Names:
    """Names by index; neighbours differ in all three."""
    family = FAMILIES[index * 11 % len(FAMILIES)]
    given = (MEN if male else WOMEN)[index * 7 // 2 % 25]
    return Names(family, given, PATRONYMICS[index * 2 % len(PATRONYMICS)][male])


def foreign_names(index: int) -> Names:
    """Names as in a foreign passport, by index."""
    given = FOREIGN_NAMES[index % len(FOREIGN_NAMES)]
    return Names(FOREIGN_FAMILIES[index * 5 % len(FOREIGN_FAMILIES)], given, None)

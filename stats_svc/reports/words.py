"""The words of reports, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

Text = Mapping[str, str]


def text(uk: str, en: str, pl: str) -> Text:
    return {"uk": uk, "en": en, "pl": pl}


TITLE = text("Звіт", "Report", "Sprawozdanie")
YEAR = text("{year} рік", "year {year}", "rok {year}")
QUARTER = text("{quarter} квартал {year} року", "quarter {quarter} of {year}", "{quarter} kwartał {year} r.")
CENTRES = text("Центри", "Centres", "Centra")
VISITS = text("Записи та візити", "Bookings and visits", "Rezerwacje i wizyty")
TIMES = text("Очікування та обслуговування, хвилин", "Waiting and service, minutes", "Oczekiwanie i obsługa, minuty")
RATINGS = text("Оцінки", "Ratings", "Oceny")
QUESTIONS = text("Відповіді на запитання", "Answers to the questions", "Odpowiedzi na pytania")
MONTHS = text("За місяцями", "By month", "Według miesięcy")
REMARKS = text("Зауваження та пропозиції", "Remarks and proposals", "Uwagi i propozycje")
CHANGE = text("Зміна, %", "Change, %", "Zmiana, %")
QUESTION = text("Запитання", "Question", "Pytanie")
MONTH = text("Місяць", "Month", "Miesiąc")
CENTRE = text("Центр", "Centre", "Centrum")
INDICATOR = text("Показник", "Indicator", "Wskaźnik")

LINES: Mapping[str, Text] = {
    "wishes": text("Звернень по запис", "Wishes for a visit", "Próby rezerwacji"),
    "quota_exhausted": text("  з них відмовлено за лімітом", "  of them refused by quota", "  w tym odmowa: limit"),
    "booked": text("Записано", "Booked", "Zarezerwowano"),
    "online": text("  з них онлайн", "  of them online", "  w tym online"),
    "terminal": text("  через термінал", "  at a terminal", "  w terminalu"),
    "operator": text("  через адміністратора", "  by an administrator", "  przez administratora"),
    "served": text("Обслуговано", "Served", "Obsłużono"),
    "failed": text("  з них спроба невдала", "  of them failed attempts", "  w tym próby nieudane"),
    "missing_documents": text("  з них бракувало документів", "  of them lacking documents", "  w tym brak dokumentów"),
    "missed": text("Не зʼявилися", "No-shows", "Nie stawili się"),
    "refused": text("Відмовлено: не та особа", "Refused: another person", "Odmowa: inna osoba"),
    "cancelled": text("Скасовано заявником", "Cancelled by the applicant", "Anulowane przez wnioskodawcę"),
    "cancelled_by_centre": text("Скасовано центром", "Cancelled by the centre", "Anulowane przez centrum"),
    "waiting_half": text("Половина чекала не довше", "Half waited no longer than", "Połowa czekała nie dłużej niż"),
    "waiting_most": text("9 із 10 чекали не довше", "9 of 10 waited no longer than", "9 na 10 czekało nie dłużej niż"),
    "service_half": text("Половину обслуговано не довше", "Half were served within", "Połowę obsłużono w"),
    "service_most": text("9 із 10 обслуговано не довше", "9 of 10 were served within", "9 na 10 obsłużono w"),
    "ratings": text("Оцінок", "Ratings", "Ocen"),
    "mean": text("Середня оцінка (1–4)", "Mean (1–4)", "Średnia (1–4)"),
    "share": text("Частка позитивних, %", "Positive, %", "Pozytywne, %"),
    "low": text("  з певністю 95 %: від", "  with 95 % certainty: from", "  z pewnością 95 %: od"),
    "high": text("  до", "  to", "  do"),
    "verified": text("Підтверджених візитом", "Verified by a visit", "Potwierdzonych wizytą"),
    "opened": text("Надійшло", "Came in", "Wpłynęło"),
    "answered": text("Дано відповідь", "Answered", "Udzielono odpowiedzi"),
    "late": text("  з них пізніше строку", "  of them after the due time", "  w tym po terminie"),
    "reaction_half": text(
        "Половині відповіли за, годин", "Half answered within, hours", "Połowie odpowiedziano w, godz."
    ),
    "reaction_most": text("9 із 10 відповіли за, годин", "9 of 10 within, hours", "9 na 10 w, godz."),
}

NOTES: tuple[Text, ...] = (
    text(
        "Візит враховано в день візиту, оцінку — у день, коли її дано. Позитивна — відповідь 3 або 4 на запитання про"
        " обслуговування загалом.",
        "A visit counts on its day, a rating on the day on which it was given. Positive is an answer of 3 or 4 to the"
        " question on the service as a whole.",
        "Wizytę liczy się w jej dniu, ocenę w dniu jej wystawienia. Pozytywna to odpowiedź 3 lub 4 na pytanie o obsługę"
        " ogółem.",
    ),
    text(
        "Показники менш ніж про пʼять осіб не наводяться (–), так само й ті, з яких їх можна було б вирахувати."
        " Проміжки часу точні до 2 %.",
        "Figures about fewer than five persons are left out (–), and so are those that would tell them. Times are"
        " within 2 %.",
        "Danych o mniej niż pięciu osobach nie podaje się (–), podobnie tych, z których można by je wyliczyć. Czasy z"
        " dokładnością do 2 %.",
    ),
)

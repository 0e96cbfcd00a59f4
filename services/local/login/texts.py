"""Every word of the page, in three languages."""

from services.errors import Text

NAMES = {"uk": "Українська", "en": "English", "pl": "Polski"}
TEXTS: dict[str, Text] = {
    "title": {"uk": "Оберіть демо-особу", "en": "Choose a demo person", "pl": "Wybierz osobę demo"},
    "what": {
        "uk": "Це вхід для проб на цьому комп’ютері: усі люди тут вигадані, пароль не потрібен. Справжня система має "
        "власну службу входу.",
        "en": "This login is for trying things out on this computer: everybody here is invented, and no password is "
        "needed. A real installation has a login service of its own.",
        "pl": "To logowanie służy do prób na tym komputerze: wszystkie osoby są zmyślone, hasło nie jest potrzebne. "
        "Prawdziwa instalacja ma własną usługę logowania.",
    },
    "language": {"uk": "Мова", "en": "Language", "pl": "Język"},
    "citizens": {"uk": "Відвідувачі", "en": "Citizens", "pl": "Mieszkańcy"},
    "staff": {"uk": "Працівники центру", "en": "Staff of a centre", "pl": "Pracownicy centrum"},
    "others": {"uk": "Інші ролі", "en": "Other roles", "pl": "Inne role"},
    "citizen": {"uk": "РНОКПП {number}", "en": "Tax number {number}", "pl": "Numer podatkowy {number}"},
    "entity": {
        "uk": "РНОКПП {number}, представляє юридичну особу, ЄДРПОУ {edrpou}",
        "en": "Tax number {number}, represents a legal entity, ЄДРПОУ {edrpou}",
        "pl": "Numer podatkowy {number}, reprezentuje osobę prawną, ЄДРПОУ {edrpou}",
    },
    "foreigner": {
        "uk": "Без РНОКПП, документ {document}",
        "en": "No tax number, document {document}",
        "pl": "Bez numeru podatkowego, dokument {document}",
    },
    "another": {"uk": "Інша особа за номером", "en": "Another citizen, by number", "pl": "Inna osoba, według numeru"},
    "another-hint": {
        "uk": "Ціле число від 1: за одним номером завжди та сама особа.",
        "en": "A whole number from 1: the same number is always the same person.",
        "pl": "Liczba całkowita od 1: ten sam numer to zawsze ta sama osoba.",
    },
    "enter": {"uk": "Увійти", "en": "Log in", "pl": "Zaloguj"},
    "centre": {"uk": "Центр", "en": "Centre", "pl": "Centrum"},
    "show": {"uk": "Показати працівників", "en": "Show its staff", "pl": "Pokaż pracowników"},
    "manager": {"uk": "Керівник центру", "en": "Manager of the centre", "pl": "Kierownik centrum"},
    "administrator": {
        "uk": "Адміністратор, місце {desk}",
        "en": "Administrator, desk {desk}",
        "pl": "Urzędnik, stanowisko {desk}",
    },
    "terminal": {"uk": "Термінал у залі", "en": "Terminal in the hall", "pl": "Terminal w holu"},
    "admin": {"uk": "Адміністратор системи", "en": "Administrator of the system", "pl": "Administrator systemu"},
    "analyst": {"uk": "Аналітик", "en": "Analyst", "pl": "Analityk"},
    "system": {
        "uk": "Інша державна система (наприклад, тривоги)",
        "en": "Another government system (alerts, for example)",
        "pl": "Inny system państwowy (na przykład alarmy)",
    },
    "cancel": {"uk": "Не входити", "en": "Do not log in", "pl": "Nie loguj"},
    "unknown": {"uk": "Звідки ви?", "en": "Where do you come from?", "pl": "Skąd przychodzisz?"},
    "unknown-detail": {
        "uk": "Сюди приводить лише посилання «Увійти» на сторінках цього запуску. Відкрийте їх і почніть звідти.",
        "en": "Only the link “Sign in” on the pages of this run leads here. Open them and begin there.",
        "pl": "Prowadzi tu tylko odnośnik „Zaloguj” na stronach tego uruchomienia. Otwórz je i zacznij tam.",
    },
    "again": {"uk": "Оберіть ще раз", "en": "Choose again", "pl": "Wybierz ponownie"},
    "again-detail": {
        "uk": "Такої особи тут немає або форма застаріла. Поверніться, оновіть сторінку й оберіть знову.",
        "en": "There is no such person here, or the form is out of date. Go back, reload the page and choose again.",
        "pl": "Nie ma tu takiej osoby albo formularz jest nieaktualny. Wróć, odśwież stronę i wybierz ponownie.",
    },
}

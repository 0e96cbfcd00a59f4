"""The words of the messages, in the three languages. Calm and complete: what, where, when, what to bring, what next.

No name stands in them: mail lies about, and a telephone is read over the shoulder.
"""

from __future__ import annotations

from collections.abc import Mapping

from booking_svc.messages.domain import Kind

Text = Mapping[str, str]

REMINDER: Text = {"uk": "Нагадуємо про ваш візит", "en": "A reminder of your visit", "pl": "Przypominamy o wizycie"}
SUBJECT: Mapping[Kind, Text] = {
    Kind.DAY_BEFORE: REMINDER,
    Kind.HOURS_BEFORE: REMINDER,
    Kind.CANCELLED: {
        "uk": "Центр скасував ваш візит",
        "en": "The centre has cancelled your visit",
        "pl": "Centrum odwołało Twoją wizytę",
    },
    Kind.MOVED: {
        "uk": "Ваш візит перенесено",
        "en": "Your visit has been moved",
        "pl": "Twoja wizyta została przeniesiona",
    },
    Kind.PAUSED: {
        "uk": "Центр призупинив прийом",
        "en": "The centre has paused",
        "pl": "Centrum wstrzymało obsługę",
    },
}
NEWS: Mapping[Kind, Text] = {
    Kind.CANCELLED: {
        "uk": "Центр скасував цей візит. Вашої дії не потрібно; у ліміт запис не враховано. "
        "Ви можете записатися на інший час.",
        "en": "The centre has cancelled this visit. You need not do anything; it does not count in your quota. "
        "You can book another time.",
        "pl": "Centrum odwołało tę wizytę. Nie musisz nic robić; rezerwacja nie liczy się do limitu. "
        "Możesz zapisać się na inny termin.",
    },
    Kind.MOVED: {
        "uk": "Центр змінив час вашого візиту. Нижче — новий час і номер талона.",
        "en": "The centre has changed the time of your visit. The new time and ticket number stand below.",
        "pl": "Centrum zmieniło termin Twojej wizyty. Poniżej nowy termin i numer biletu.",
    },
    Kind.PAUSED: {
        "uk": "Центр призупинив прийом. Якщо до вашого часу прийом відновиться, приходьте, як записано. Якщо ні — ваше "
        "місце зберігається і неявкою це не вважається: черга піде з того самого місця, або оберіть інший час, ліміт "
        "не витрачається. Під час тривоги залишайтеся в укритті.",
        "en": "The centre has paused. If it goes on before your time, come as booked. If not, your place is kept and "
        "nobody counts you as absent: the queue goes on from where it stopped, or choose another time; your quota is "
        "not used. During an alert stay in the shelter.",
        "pl": "Centrum wstrzymało obsługę. Jeśli wznowi ją przed Twoim terminem, przyjdź zgodnie z rezerwacją. Jeśli "
        "nie, miejsce jest zachowane i nikt nie uzna Cię za nieobecnego: kolejka ruszy od tego samego miejsca albo "
        "wybierz inny termin; limit nie zostanie wykorzystany. Podczas alarmu pozostań w schronie.",
    },
}
WHAT: Text = {"uk": "Послуга", "en": "Service", "pl": "Usługa"}
WHERE: Text = {"uk": "Місце", "en": "Place", "pl": "Miejsce"}
WHEN: Text = {"uk": "Час", "en": "Time", "pl": "Termin"}
TICKET: Text = {"uk": "Талон", "en": "Ticket", "pl": "Bilet"}
NUMBER: Text = {"uk": "№", "en": "No.", "pl": "nr"}
BRING: Text = {"uk": "Візьміть із собою", "en": "Please bring", "pl": "Proszę zabrać"}
NOTHING_TO_ANSWER: Text = {
    "uk": "Це автоматичний лист, відповідати на нього не потрібно.",
    "en": "This message was sent by a machine; there is no need to answer it.",
    "pl": "Wiadomość wysłano automatycznie, prosimy na nią nie odpowiadać.",
}
CANCEL: Text = {
    "uk": "Не зможете прийти? Скасуйте запис, і місце дістанеться іншому",
    "en": "Cannot come? Cancel, and somebody else gets the place",
    "pl": "Nie możesz przyjść? Odwołaj wizytę, a miejsce dostanie ktoś inny",
}
CANCEL_WITHOUT_LINK: Text = {
    "uk": "Не зможете прийти? Скасуйте запис там, де ви його зробили, і місце дістанеться іншому.",
    "en": "Cannot come? Cancel where you booked, and somebody else gets the place.",
    "pl": "Nie możesz przyjść? Odwołaj wizytę tam, gdzie ją zarezerwowano, a miejsce dostanie ktoś inny.",
}
CANCEL_SHORT: Text = {"uk": "Скасувати", "en": "Cancel", "pl": "Odwołaj"}

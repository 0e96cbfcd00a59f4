"""What the bot says, in three languages."""

from __future__ import annotations

from services.errors import LANGUAGES

Text = dict[str, str]


def language_of(user: dict[str, object]) -> str:
    """The language of somebody's Telegram, if it is one of ours; else Ukrainian."""
    code = str(user.get("language_code") or "").lower().partition("-")[0]
    return code if code in LANGUAGES else LANGUAGES[0]


HELP = {
    "uk": "Тут можна оцінити візит до центру обслуговування: пʼять коротких запитань, десять хвилин, без імені. "
    "Відскануйте код на робочому місці, де вас приймали.",
    "en": "Here you rate a visit to a service centre: five short questions, ten minutes, without your name. "
    "Scan the code at the desk where you were served.",
    "pl": "Tutaj ocenisz wizytę w centrum obsługi: pięć krótkich pytań, dziesięć minut, bez nazwiska. "
    "Zeskanuj kod przy stanowisku, przy którym Cię obsłużono.",
}
BEGIN = {
    "uk": "{place}\nВідповісти можна до {until}: {minutes} хв. Без імені.",
    "en": "{place}\nYou have until {until}: {minutes} min. Without your name.",
    "pl": "{place}\nMożesz odpowiedzieć do {until}: {minutes} min. Bez nazwiska.",
}
DESK = {"uk": "Робоче місце {number}", "en": "Desk {number}", "pl": "Stanowisko {number}"}
READY = {
    "uk": "Коментар, якщо хочете, напишіть повідомленням. Потім натисніть «Надіслати повідомлення»: без цього нічого "
    "не запишеться.",
    "en": "If you like, write a comment as a message. Then press “Send the message”: without it nothing is recorded.",
    "pl": "Jeśli chcesz, napisz komentarz jako wiadomość. Potem naciśnij „Wyślij wiadomość”: bez tego nic się nie "
    "zapisze.",
}
SEND = {"uk": "Надіслати повідомлення", "en": "Send the message", "pl": "Wyślij wiadomość"}
ADD_CONTACT = {
    "uk": "Лишити контакт для відповіді",
    "en": "Leave a contact for an answer",
    "pl": "Zostaw kontakt do odpowiedzi",
}
ANEW = {"uk": "Відповісти спочатку", "en": "Answer anew", "pl": "Odpowiedz od nowa"}
COMMENT = {"uk": "Коментар", "en": "Comment", "pl": "Komentarz"}
CONTACT = {"uk": "Контакт", "en": "Contact", "pl": "Kontakt"}
ASK_CONTACT = {
    "uk": "Напишіть електронну адресу або номер телефону: туди надійде відповідь. Цей чат центрові невідомий.",
    "en": "Write an e-mail address or a telephone number: the answer goes there. The centre does not know this chat.",
    "pl": "Napisz adres e-mail lub numer telefonu: tam przyjdzie odpowiedź. Centrum nie zna tego czatu.",
}
WRONG_CONTACT = {
    "uk": "Це не схоже на електронну адресу чи номер телефону. Напишіть повністю, наприклад +380671234567.",
    "en": "This is no e-mail address and no telephone number. Write it in full, for example +380671234567.",
    "pl": "To nie jest adres e-mail ani numer telefonu. Napisz w całości, na przykład +48601234567.",
}
BUTTONS_FIRST = {
    "uk": "Спершу дайте відповіді кнопками: коментар можна написати після останньої.",
    "en": "First answer by the buttons: a comment can be written after the last one.",
    "pl": "Najpierw odpowiedz przyciskami: komentarz możesz napisać po ostatnim pytaniu.",
}
THANKS = {
    "uk": "Дякуємо! Вашу оцінку записано.",
    "en": "Thank you! Your rating is recorded.",
    "pl": "Dziękujemy! Twoja ocena jest zapisana.",
}
REMARK = {
    "uk": "Керівник центру вже бачить ваше зауваження.",
    "en": "The manager of the centre has your remark on the screen now.",
    "pl": "Kierownik centrum widzi już Twoją uwagę.",
}
ANSWER_COMES = {
    "uk": "Відповідь надійде за контактом, який ви лишили.",
    "en": "The answer goes to the contact that you left.",
    "pl": "Odpowiedź przyjdzie na pozostawiony kontakt.",
}
SENT = {
    "uk": "Уже надіслано: цю оцінку записано, вона рахується один раз. Щоб оцінити інший візит, відскануйте код знову.",
    "en": "Already sent: this rating is recorded, and it counts once. To rate another visit, scan the code again.",
    "pl": "Już wysłano: ta ocena jest zapisana i liczy się raz. Aby ocenić inną wizytę, zeskanuj kod ponownie.",
}
OVER = {
    "uk": "Час минув, нічого не записано. Відскануйте код на робочому місці ще раз.",
    "en": "The time is over, and nothing was recorded. Scan the code at the desk again.",
    "pl": "Czas minął, nic nie zapisano. Zeskanuj ponownie kod przy stanowisku.",
}
UNKNOWN = {
    "uk": "Цей код не діє: його немає, або його замінено. Відскануйте код, що зараз є на робочому місці.",
    "en": "This code does not work: there is none, or it was replaced. Scan the one that is at the desk now.",
    "pl": "Ten kod nie działa: nie ma go albo został zastąpiony. Zeskanuj kod, który jest teraz przy stanowisku.",
}
DOWN = {
    "uk": "Зараз не виходить звʼязатися з центром. Нічого не втрачено: спробуйте ще раз за хвилину.",
    "en": "The centre cannot be reached just now. Nothing is lost: try again in a minute.",
    "pl": "W tej chwili nie można połączyć się z centrum. Nic nie przepadło: spróbuj ponownie za minutę.",
}

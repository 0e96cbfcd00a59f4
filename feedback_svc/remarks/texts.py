"""The words of an answer on its way to the visitor."""

from services.errors import Text

SUBJECT: Text = {
    "uk": "Відповідь на ваш відгук",
    "en": "An answer to your feedback",
    "pl": "Odpowiedź na twoją opinię",
}
GREETING: Text = {
    "uk": "Ви залишили відгук: {centre}, {day}. Дякуємо. Центр відповідає:",
    "en": "You left feedback: {centre}, {day}. Thank you. The centre answers:",
    "pl": "Zostawiono opinię: {centre}, {day}. Dziękujemy. Odpowiedź centrum:",
}
ENDING: Text = {
    "uk": "Відповідати на це повідомлення не потрібно: його ніхто не прочитає. Ваш контакт використано лише для цього.",
    "en": "There is no need to reply: nobody reads it. Your contact was used for this only.",
    "pl": "Nie trzeba na to odpowiadać: nikt tego nie czyta. Twój kontakt wykorzystano tylko do tego.",
}

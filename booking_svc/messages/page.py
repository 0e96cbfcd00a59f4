"""The page behind the link to cancel: small, without scripts, in three languages; nothing comes from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse

from booking_svc.messages import texts
from booking_svc.messages.composing import Visit
from booking_svc.messages.domain import State
from services.errors import LANGUAGES

Text = Mapping[str, str]
STATUS = {State.BAD_LINK: 404, State.TOO_LATE: 409}
TITLE: Mapping[State, Text] = {
    State.OFFER: {"uk": "Скасувати візит?", "en": "Cancel the visit?", "pl": "Odwołać wizytę?"},
    State.CANCELLED: {"uk": "Візит скасовано", "en": "The visit is cancelled", "pl": "Wizyta odwołana"},
    State.ALREADY: {
        "uk": "Цей візит уже скасовано",
        "en": "This visit is cancelled already",
        "pl": "Ta wizyta jest już odwołana",
    },
    State.TOO_LATE: {
        "uk": "Скасувати вже не можна",
        "en": "It is too late to cancel",
        "pl": "Nie można już odwołać wizyty",
    },
    State.BAD_LINK: {
        "uk": "Посилання не діє",
        "en": "This link does not work",
        "pl": "Ten link nie działa",
    },
}
SAYS: Mapping[State, Text] = {
    State.OFFER: {
        "uk": "Місце одразу дістанеться іншому. Повернути його не вдасться, а скасований запис може й далі "
        "враховуватися у вашому ліміті.",
        "en": "Somebody else gets the place at once. You cannot have it back, and a cancelled booking may still count "
        "in your quota.",
        "pl": "Miejsce od razu dostanie ktoś inny. Nie będzie można go odzyskać, a odwołana rezerwacja może nadal "
        "liczyć się do limitu.",
    },
    State.CANCELLED: {
        "uk": "Дякуємо, що повідомили: місце вже вільне для інших. Приходити не потрібно.",
        "en": "Thank you for telling us: the place is free for others now. You need not come.",
        "pl": "Dziękujemy za informację: miejsce jest już wolne dla innych. Nie trzeba przychodzić.",
    },
    State.ALREADY: {
        "uk": "Робити більше нічого не потрібно. Щоб прийти, запишіться знову.",
        "en": "There is nothing left to do. To come, book again.",
        "pl": "Nie trzeba nic robić. Aby przyjść, zapisz się ponownie.",
    },
    State.TOO_LATE: {
        "uk": "Вас уже викликали, або візит уже минув. Якщо це помилка, зверніться до адміністратора центру.",
        "en": "You have been called already, or the visit is over. If that is wrong, ask an administrator of the "
        "centre.",
        "pl": "Wezwano Cię już do stanowiska albo wizyta już minęła. Jeśli to pomyłka, zwróć się do administratora "
        "centrum.",
    },
    State.BAD_LINK: {
        "uk": "Можливо, адресу скопійовано не повністю. Відкрийте посилання з повідомлення ще раз або скасуйте запис "
        "там, де ви його зробили.",
        "en": "Perhaps the address was not copied whole. Open the link in the message again, or cancel where you "
        "booked.",
        "pl": "Być może adres skopiowano niecałkowicie. Otwórz link z wiadomości jeszcze raz albo odwołaj wizytę tam, "
        "gdzie ją zarezerwowano.",
    },
}
BUTTON: Text = {"uk": "Так, скасувати візит", "en": "Yes, cancel the visit", "pl": "Tak, odwołaj wizytę"}
LANGUAGES_OF_PAGE: Text = {"uk": "Мова сторінки", "en": "Language of the page", "pl": "Język strony"}
NAMES: Text = {"uk": "Українська", "en": "English", "pl": "Polski"}
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1.5rem}"
    "h1{font-size:1.5rem;line-height:1.25}"
    "dt{font-weight:600}dd{margin:0 0 .75rem}"
    "nav a{margin-right:1rem}"
    "button{font:inherit;font-weight:600;min-height:3rem;padding:.5rem 1.25rem;border:2px solid #8a1c1c;"
    "border-radius:.375rem;background:#8a1c1c;color:#fff;cursor:pointer}"
    "button:focus-visible,a:focus-visible{outline:3px solid #1a66c9;outline-offset:2px}"
)
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-robots-tag": "noindex",
}
"""The page needs its style and its form, and nothing else."""


def page(state: State, language: str, visit: Visit | None = None) -> HTMLResponse:
    """What became of it, and the form while there is something to decide."""
    asks = state is State.OFFER
    said = escape(SAYS[state][language])
    parts = [
        f"<h1>{escape(TITLE[state][language])}</h1>",
        _described(visit) if visit else "",
        f"<p>{said}</p>{_form(language)}" if asks else f'<p role="status">{said}</p>',
    ]
    body = f"<main>{''.join(parts)}</main>{_languages(language)}"
    title = escape(TITLE[state][language])
    document = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
    return HTMLResponse(document, STATUS.get(state, 200), {**HEADERS, "content-language": language})


def _described(visit: Visit) -> str:
    language = visit.language
    pairs = ((texts.WHAT, visit.service), (texts.WHERE, visit.place), (texts.WHEN, visit.when))
    return "<dl>" + "".join(f"<dt>{name[language]}</dt><dd>{escape(value)}</dd>" for name, value in pairs) + "</dl>"


def _form(language: str) -> str:
    """Sent to the page's own address; the right to cancel is in it."""
    return f'<form method="post" action="?lang={language}"><button>{BUTTON[language]}</button></form>'


def _languages(chosen: str) -> str:
    others = (
        f'<a href="?lang={code}" lang="{code}" hreflang="{code}">{NAMES[code]}</a>'
        for code in LANGUAGES
        if code != chosen
    )
    return f'<nav aria-label="{LANGUAGES_OF_PAGE[chosen]}">{"".join(others)}</nav>'

"""Errors that carry their status, code and texts: RFC 9457 problem documents (api.md, head).

A service adds its own codes as subclasses of `Problem` in its `domain.py`; this file holds the codes of all routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

LANGUAGES = ("uk", "en", "pl")
Text = Mapping[str, str]
MAX_ERRORS = 50


class Problem(Exception):
    """A refusal that says why and what next, in three languages.

    `fields` become members of the problem document and fill the {placeholders} of `detail`.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    spent: ClassVar[bool] = False
    """Whether the id that the request came with can never be used again: its `Idempotency-Key` gets another."""
    title: ClassVar[Text] = {
        "uk": "Внутрішня помилка",
        "en": "Internal error",
        "pl": "Błąd wewnętrzny",
    }
    detail: ClassVar[Text] = {
        "uk": "Сталася помилка на нашому боці. Спробуйте ще раз за хвилину.",
        "en": "Something went wrong on our side. Try again in a minute.",
        "pl": "Wystąpił błąd po naszej stronie. Spróbuj ponownie za minutę.",
    }

    def __init__(self, *, retry_after: int | None = None, **fields: Any) -> None:
        super().__init__(self.code)
        self.retry_after = retry_after
        self.fields = fields

    def document(self, language: str) -> dict[str, Any]:
        """The RFC 9457 members in `language`, without `trace_id`, which the edge of the service adds."""
        return {
            "type": f"urn:vizyt:problem:{self.code}",
            "title": self.title[language],
            "status": self.status,
            "detail": self.explain(language),
            "code": self.code,
            **self.fields,
        }

    def explain(self, language: str) -> str:
        """The detail with its placeholders filled; a field that is a text in three languages is chosen."""
        fields = {k: v[language] if isinstance(v, dict) and language in v else v for k, v in self.fields.items()}
        return self.detail[language].format_map(_Given(fields))


class _Given(dict[str, Any]):
    """A forgotten field leaves a gap in the text; the refusal itself must not fail."""

    def __missing__(self, _: str) -> str:
        return "…"


class Unauthenticated(Problem):
    status, code = 401, "unauthenticated"
    title = {"uk": "Потрібен вхід", "en": "Login is needed", "pl": "Wymagane logowanie"}
    detail = {
        "uk": "Токен відсутній, прострочений або недійсний. Увійдіть знову.",
        "en": "The token is missing, expired or not valid. Log in again.",
        "pl": "Brak tokenu albo token wygasł lub jest nieważny. Zaloguj się ponownie.",
    }


class Forbidden(Problem):
    status, code = 403, "forbidden"
    title = {"uk": "Немає права", "en": "Not allowed", "pl": "Brak uprawnień"}
    detail = {
        "uk": "Ваша роль не дозволяє цієї дії тут. Зверніться до керівника центру.",
        "en": "Your role does not allow this here. Ask the manager of the centre.",
        "pl": "Twoja rola nie pozwala na to działanie. Zwróć się do kierownika centrum.",
    }


class NotFound(Problem):
    status, code = 404, "not_found"
    title = {"uk": "Не знайдено", "en": "Not found", "pl": "Nie znaleziono"}
    detail = {
        "uk": "Такого тут немає. Перевірте адресу або код.",
        "en": "There is no such thing here. Check the address or the code.",
        "pl": "Nie ma tu takiego elementu. Sprawdź adres lub kod.",
    }


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"
    title = {"uk": "Метод не підтримується", "en": "Method not allowed", "pl": "Metoda niedozwolona"}
    detail = {
        "uk": "Ця адреса не приймає такого методу. Дивіться /docs.",
        "en": "This address does not take this method. See /docs.",
        "pl": "Ten adres nie przyjmuje tej metody. Zobacz /docs.",
    }


class AlreadyExists(Problem):
    status, code = 409, "already_exists"
    title = {"uk": "Вже існує", "en": "Already exists", "pl": "Już istnieje"}
    detail = {
        "uk": "Такий запис уже є. Щоб змінити його, надішліть PUT.",
        "en": "There is one already. To change it, send PUT.",
        "pl": "Taki wpis już istnieje. Aby go zmienić, wyślij PUT.",
    }


class IllegalTransition(Problem):
    status, code = 409, "illegal_transition"
    title = {"uk": "Крок зараз неможливий", "en": "Step not allowed now", "pl": "Krok teraz niedozwolony"}
    detail = {
        "uk": "Зі стану «{state}» цей крок неможливий. Оновіть дані й подивіться поточний стан.",
        "en": "This step is not possible from the state “{state}”. Reload and look at the current state.",
        "pl": "Ten krok nie jest możliwy ze stanu „{state}”. Odśwież i sprawdź bieżący stan.",
    }


class TooLarge(Problem):
    status, code = 413, "too_large"
    title = {"uk": "Запит завеликий", "en": "Request too large", "pl": "Żądanie zbyt duże"}
    detail = {
        "uk": "Тіло запиту більше за дозволені {limit_bytes} байтів.",
        "en": "The body is larger than the {limit_bytes} bytes allowed.",
        "pl": "Treść żądania przekracza dozwolone {limit_bytes} bajtów.",
    }


class InvalidRequest(Problem):
    """`errors`: `[{field, reason}]`, never with the value (personal data)."""

    status, code = 422, "invalid_request"
    title = {
        "uk": "Дані запиту неправильні",
        "en": "The request is not valid",
        "pl": "Żądanie jest niepoprawne",
    }
    detail = {
        "uk": "Виправте поля, названі в errors, і надішліть знову.",
        "en": "Correct the fields named in errors and send again.",
        "pl": "Popraw pola wymienione w errors i wyślij ponownie.",
    }

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(errors=errors[:MAX_ERRORS])

    @classmethod
    def field(cls, name: str, reason: str) -> InvalidRequest:
        return cls([{"field": name, "reason": reason}])


class IdempotencyMismatch(Problem):
    status, code = 422, "idempotency_mismatch"
    title = {
        "uk": "Цей ключ уже використано для іншого запиту",
        "en": "This key was used for another request",
        "pl": "Tego klucza użyto już do innego żądania",
    }
    detail = {
        "uk": "Ключ Idempotency-Key належить запиту з іншим тілом. Візьміть новий ключ.",
        "en": "The Idempotency-Key belongs to a request with another body. Take a new key.",
        "pl": "Klucz Idempotency-Key należy do żądania z inną treścią. Użyj nowego klucza.",
    }


class RateLimited(Problem):
    status, code = 429, "rate_limited"
    title = {"uk": "Забагато запитів", "en": "Too many requests", "pl": "Zbyt wiele żądań"}
    detail = {
        "uk": "Зачекайте, скільки каже Retry-After, і спробуйте знову.",
        "en": "Wait as long as Retry-After says and try again.",
        "pl": "Odczekaj tyle, ile wskazuje Retry-After, i spróbuj ponownie.",
    }


class Unavailable(Problem):
    status, code = 503, "unavailable"
    title = {"uk": "Тимчасово недоступно", "en": "Temporarily unavailable", "pl": "Chwilowo niedostępne"}
    detail = {
        "uk": "Частина системи не відповідає. Повторіть із тим самим Idempotency-Key: нічого не загубиться.",
        "en": "A part of the system does not answer. Repeat with the same Idempotency-Key: nothing gets lost.",
        "pl": "Część systemu nie odpowiada. Powtórz z tym samym Idempotency-Key: nic nie zginie.",
    }

    def __init__(self, *, retry_after: int = 2, **fields: Any) -> None:
        super().__init__(retry_after=retry_after, **fields)

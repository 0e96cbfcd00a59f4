"""Response bodies of places."""

from __future__ import annotations

from pydantic import BaseModel, Field

from feedback_svc.places.domain import Place
from feedback_svc.settings import Settings


def address_of(code: str, public_url: str | None) -> str:
    """What the QR code says: the page of the gateway where this desk is rated."""
    return f"{(public_url or '').rstrip('/')}/f/{code}"


def chat_of(code: str, bot: str | None) -> str | None:
    """A link that opens a chat with the bot, and begins there with this code; None without a bot."""
    return f"https://t.me/{bot}?start={code}" if bot else None


class CodeView(BaseModel):
    """The code that the desk shows to its visitors."""

    desk: str = Field(examples=["hsc-0741-1"])
    desk_number: int = Field(examples=[1])
    centre: str = Field(examples=["hsc-0741"])
    feedback_code: str = Field(description="128 random bits; holds until it is revoked",
                               examples=["5v7c0q2m8kz1x9t4n6rj3wd0bs"])  # fmt: skip
    url: str = Field(examples=["https://vizyt.example.org/f/5v7c0q2m8kz1x9t4n6rj3wd0bs"])

    telegram_url: str | None = Field(examples=[None], description="the same in a chat; null: there is no bot")

    @classmethod
    def of(cls, place: Place, settings: Settings) -> CodeView:
        assert place.code is not None, "handlers give only desks with a code"
        return cls(
            desk=place.desk,
            desk_number=place.desk_number,
            centre=place.centre,
            feedback_code=place.code,
            url=address_of(place.code, settings.public_url),
            telegram_url=chat_of(place.code, settings.telegram_bot),
        )

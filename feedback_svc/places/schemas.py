"""Response bodies of places."""

from __future__ import annotations

from pydantic import BaseModel, Field

from feedback_svc.places.domain import Place


def address_of(code: str, public_url: str | None) -> str:
    """What the QR code says: the page of the gateway where this desk is rated."""
    return f"{(public_url or '').rstrip('/')}/f/{code}"


class CodeView(BaseModel):
    """The code that the desk shows to its visitors."""

    desk: str = Field(examples=["hsc-0741-1"])
    desk_number: int = Field(examples=[1])
    centre: str = Field(examples=["hsc-0741"])
    feedback_code: str = Field(description="128 random bits; holds until it is revoked",
                               examples=["5v7c0q2m8kz1x9t4n6rj3wd0bs"])  # fmt: skip
    url: str = Field(examples=["https://vizyt.example.org/f/5v7c0q2m8kz1x9t4n6rj3wd0bs"])

    @classmethod
    def of(cls, place: Place, public_url: str | None) -> CodeView:
        assert place.code is not None, "handlers give only desks with a code"
        return cls(
            desk=place.desk,
            desk_number=place.desk_number,
            centre=place.centre,
            feedback_code=place.code,
            url=address_of(place.code, public_url),
        )

"""Numbers of persons and legal entities as requests bring them: checked where they enter (domain.md §2, quotas)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from services.privacy import check_edrpou, check_rnokpp


def _rnokpp(value: str) -> str:
    if not check_rnokpp(value):
        raise ValueError("10 digits with a right check digit")
    return value


def _edrpou(value: str) -> str:
    if not check_edrpou(value):
        raise ValueError("8 digits with a right check digit")
    return value


Rnokpp = Annotated[str, AfterValidator(_rnokpp)]
Edrpou = Annotated[str, AfterValidator(_edrpou)]
Part = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^:]+$")]


class Document(BaseModel):
    """What identifies somebody without a tax number; its text is COUNTRY:TYPE:NUMBER."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$")]
    type: Part
    number: Part

    def __str__(self) -> str:
        return f"{self.country}:{self.type}:{self.number}"

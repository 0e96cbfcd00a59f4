"""Questionnaires as those who write them see them: every language, every version."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from feedback_svc.questionnaires.domain import OVERALL, About, Option, Question, Questionnaire
from services.contracts.catalogue import Text

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class OptionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    value: Annotated[int, Field(strict=True, ge=1, le=4)]
    label: Text


class QuestionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Id
    text: Text
    options: Annotated[list[OptionBody], Field(min_length=2, max_length=4)]

    @model_validator(mode="after")
    def each_once(self) -> QuestionBody:
        if len({option.value for option in self.options}) < len(self.options):
            raise ValueError("each value once")
        return self


class QuestionnaireFields(BaseModel):
    organisation: str = Field(max_length=64, description="whose it is: who reads the single answers")
    asks: str | None = Field(
        default=None, max_length=64, description="whose visitors are asked; null: one's own; `*`: everybody's"
    )
    about: About = About.VISIT
    valid_to: date | None = None
    questions: Annotated[list[QuestionBody], Field(min_length=1, max_length=20)]


class QuestionnaireBody(QuestionnaireFields):
    """`overall` is needed: it makes a rating positive or negative."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    valid_from: date | None = Field(default=None, description="null: from today")

    @model_validator(mode="after")
    def complete(self) -> QuestionnaireBody:
        ids = [question.id for question in self.questions]
        if len(set(ids)) < len(ids):
            raise ValueError("each question once")
        if OVERALL not in ids:
            raise ValueError(f"needs the question {OVERALL}")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to not before valid_from")
        return self

    def version(self, key: str, number: int, *, today: date) -> Questionnaire:
        return Questionnaire(
            id=key,
            version=number,
            owner=self.organisation,
            asks=self.asks or self.organisation,
            about=self.about,
            questions=tuple(
                Question(
                    question.id,
                    question.text.model_dump(),
                    tuple(Option(option.value, option.label.model_dump()) for option in question.options),
                )
                for question in self.questions
            ),
            valid_from=self.valid_from or today,
            valid_to=self.valid_to,
        )


class VersionView(QuestionnaireFields):
    id: str
    version: int
    valid_from: date
    independent: bool = Field(description="asked in another organisation's centres, which see sums only")

    @classmethod
    def of(cls, item: Questionnaire) -> VersionView:
        return cls(
            id=item.id,
            version=item.version,
            organisation=item.owner,
            asks=item.asks,
            about=item.about,
            valid_from=item.valid_from,
            valid_to=item.valid_to,
            independent=item.owner != item.asks,
            questions=[
                QuestionBody(
                    id=question.id,
                    text=Text(**question.text),
                    options=[OptionBody(value=option.value, label=Text(**option.label)) for option in question.options],
                )
                for question in item.questions
            ],
        )


class VersionList(BaseModel):
    items: list[VersionView]
    next: None = None

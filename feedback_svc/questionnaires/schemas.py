"""A questionnaire as it is shown to who answers it, in one language."""

from __future__ import annotations

from pydantic import BaseModel, Field

from feedback_svc.questionnaires.domain import Questionnaire


class OptionView(BaseModel):
    value: int = Field(examples=[4])
    label: str = Field(examples=["чудово"])


class QuestionView(BaseModel):
    id: str = Field(examples=["premises"])
    text: str
    options: list[OptionView]


class QuestionnaireView(BaseModel):
    """The questions in their order; every one needs an answer."""

    id: str = Field(examples=["visit"])
    version: int = Field(examples=[1])
    questions: list[QuestionView]

    @classmethod
    def of(cls, item: Questionnaire, language: str) -> QuestionnaireView:
        return cls(
            id=item.id,
            version=item.version,
            questions=[
                QuestionView(
                    id=question.id,
                    text=question.text[language],
                    options=[
                        OptionView(value=option.value, label=option.label[language]) for option in question.options
                    ],
                )
                for question in item.questions
            ],
        )

"""The events and requests that cross a service border.

An event is a past fact, one frozen class with its subject; changes are additive only, else a `.v2`. Unknown fields are
ignored, so that an older reader understands a newer writer. No personal data in events: the outbox keeps them for ever.
"""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: ClassVar[str]
    """`<owner>.<what happened>.v<N>`; the first word names the stream."""


class Message(BaseModel):
    """A part or an answer of a request between services."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Reply = TypeVar("Reply", bound=Message)


class Request(Message, Generic[Reply]):
    """A question to another service over NATS request-reply, answered by one of its processes."""

    subject: ClassVar[str]
    reply: ClassVar[type[Message]]

"""What is sent, to whom, and what may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from prometheus_client import Counter

Kind = Literal["email", "phone"]
SENT = Counter("vizyt_messages_total", "Messages by kind of address and outcome", ["kind", "outcome"])


class NotSent(Exception):
    """Not now: the way is out of order. `reason` names no person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeverTaken(NotSent):
    """Not ever: the address does not exist, or the provider refuses the message for good."""


@dataclass(frozen=True, repr=False)
class Address:
    """An e-mail address, or a telephone number in E.164. Personal data: `masked` is what may be shown."""

    kind: Kind
    value: str

    @property
    def masked(self) -> str:
        if self.kind == "email":
            return f"{self.value[:1]}…@…{self.value[self.value.rfind('.') :]}"
        return f"{self.value[:4]}…{self.value[-2:]}"


@dataclass(frozen=True, repr=False)
class Outgoing:
    """One message. `id` is the same at every attempt; `shown` is what a local log may hold of it: no person."""

    id: str
    to: Address
    language: str
    subject: str
    text: str
    shown: str = ""


class Way(Protocol):
    """How messages of one kind of address leave."""

    async def send(self, message: Outgoing) -> None:
        """Returns when it is taken for certain. Raises `NotSent`, `NeverTaken`."""
        ...

    async def close(self) -> None: ...


class Messages:
    """The port."""

    def __init__(self, ways: Mapping[Kind, Way]) -> None:
        self._ways = ways

    def reaches(self, kind: Kind) -> bool:
        """Whether there is a way for this kind of address."""
        return kind in self._ways

    async def send(self, message: Outgoing) -> None:
        """Returns when the message is taken for certain. Raises `NotSent`, `NeverTaken`."""
        kind = message.to.kind
        if kind not in self._ways:
            raise NeverTaken("no way")
        try:
            await self._ways[kind].send(message)
        except NotSent as refusal:
            SENT.labels(kind, "refused" if isinstance(refusal, NeverTaken) else "failed").inc()
            raise
        SENT.labels(kind, "sent").inc()

    async def close(self) -> None:
        for way in self._ways.values():
            await way.close()

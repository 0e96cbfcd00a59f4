"""What quota_svc is asked by others: reserve one booking's place in its applicant's quota, or give it back.

A reservation is made before the booking exists; `BookingConfirmed`, `BookingCancelled`, `BookingExpired` and
`BookingRefused` (contracts/booking.py) decide what becomes of it. Applicants appear only as keyed hashes.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from services.contracts import Message, Request

Kind = Literal["individual", "legal_entity"]
Channel = Literal["online", "terminal"]
"""The channel that a booking is counted with: an operator's bookings count with the terminal's."""
Period = Literal["day", "week", "month"]


class Claim(Message):
    """One booking that wants to count in the period of its visit date."""

    booking_id: UUID
    attempt: UUID
    """One per try to make this booking; gives back only what this try reserved."""
    organisation: str
    kind: Kind
    channel: Channel
    keys: list[str] = Field(min_length=1)
    """The applicant's HMAC keys, newest version first."""
    visit_date: date
    """In the centre's time zone."""
    expires_at: datetime
    """The booking's own expiry: past it, quota_svc asks booking_svc what became of the booking."""


class Usage(Message):
    """How much of a limit is used, this booking included."""

    organisation: str
    channel: Channel
    limit: int | None
    """None: no policy is in force on the visit date, so there is no limit."""
    used: int
    period: str
    """`2026-11` (month), `2026-W48` (ISO week), `2026-11-25` (day)."""
    renews_at: datetime | None
    """The first instant of the next period; None where the organisation's time zone is not known (yet)."""


class Refusal(Message):
    """Why there is no place left: the rule, what counts and when it renews (domain.md §2, quotas)."""

    rule: str
    """`organisation/kind/channel/period`, e.g. `hsc/individual/online/month`."""
    organisation: str
    channel: Channel
    limit: int
    used: int
    period: str
    renews_at: datetime | None
    counting: list[UUID]
    """The bookings that count in this period."""


class Granted(Message):
    """The booking counts, and this attempt holds the reservation, alone or together with other attempts."""

    outcome: Literal["granted"] = "granted"
    booking_id: UUID
    attempt: UUID
    """The claim's own; what to give back if the slot is gone."""
    usage: Usage


class Refused(Message):
    """The limit is reached; nothing was counted."""

    outcome: Literal["refused"] = "refused"
    booking_id: UUID
    refusal: Refusal


class Block(Message):
    """Online booking is closed to an applicant who did not come too often (domain.md §2, no-shows)."""

    since: datetime
    """With the offset of the organisation's zone, where that is known."""
    no_shows: int
    period: str
    """The calendar month of the visits, `2026-11`."""
    centre: str
    """Of the last of the missed visits."""
    missed: list[UUID]
    """The bookings that nobody came to."""


class Blocked(Message):
    """The applicant may not book online until staff lift the block; nothing was counted."""

    outcome: Literal["blocked"] = "blocked"
    booking_id: UUID
    block: Block


class Failed(Message):
    """No decision. `late`: the claim's `expires_at` had passed when it was read, nothing was counted.
    `unavailable`: the database failed or too many wait; it may have been counted, so give it back.
    """

    outcome: Literal["failed"] = "failed"
    booking_id: UUID
    reason: Literal["late", "unavailable"]


Outcome = Annotated[Granted | Refused | Blocked | Failed, Field(discriminator="outcome")]


class Reserved(Message):
    """One outcome per claim, in the order of the claims."""

    results: list[Outcome]


class Reserve(Request[Reserved]):
    """Reserves each claim or says why not.

    A booking id counts once, however many attempts hold its reservation: one that lives is granted to the new
    attempt too, one that was released is reserved again.
    """

    subject: ClassVar[str] = "quota.reserve"
    reply: ClassVar[type[Message]] = Reserved
    claims: list[Claim]


class GiveBack(Message):
    """One attempt that gives up. The reservation is freed when no attempt holds it any more, never when it
    is committed. `attempt` None gives up all: only for a booking id that can never become a booking again.
    """

    booking_id: UUID
    attempt: UUID | None = None


class Released(Message):
    """The bookings whose reservations were freed by this request."""

    released: list[UUID]


class Release(Request[Released]):
    """Gives reservations back at once, on the reply path (design.md §3). Idempotent."""

    subject: ClassVar[str] = "quota.release"
    reply: ClassVar[type[Message]] = Released
    releases: list[GiveBack]

"""FastAPI with nothing behind it: the same body checked, an answer of the same shape, no login, no store.

`python -m uvicorn bench.bare:app` — what the framework alone costs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from fastapi import FastAPI, Response

from booking_svc.bookings.schemas import ApplicantView, BookingView, QuotaView, Wish

app = FastAPI()
QUOTA = QuotaView(organisation="bench", channel="online", limit=4, used=1, period="2027-03", renews_at=None)
APPLICANT = ApplicantView(kind="individual", family_name="Шевченко", given_name="Олена", patronymic="Іванівна")
BODIES: dict[int, bytes] = {}


@app.post("/api/v1/bookings", status_code=201)
async def hold(wish: Wish) -> BookingView:
    now = datetime.now(UTC)
    return BookingView(
        id=uuid4(),
        status="held",
        expires_at=now,
        centre=wish.centre,
        service=wish.service,
        organisation="bench",
        starts_at=wish.starts_at,
        channel="online",
        applicant=APPLICANT,
        quota=QUOTA,
        checked_in=False,
        created_at=now,
    )


@app.get("/bytes")
async def some_bytes(count: int) -> Response:
    """So many bytes of nothing."""
    if count not in BODIES:
        BODIES[count] = b" " * count
    return Response(BODIES[count], media_type="application/json")

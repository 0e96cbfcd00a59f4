# ruff: noqa: S608 (statements of constants only)
"""Bookings of past months, as they lie in the two stores: slots and bookings; usage, reservations and ledger.

Written straight into the databases, and true all the same: `doctor` finds nothing wrong.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bench.system import System, script

PER_SLOT = 100
FIRST_SLOT = 1_000_000_000
"""An id that no slot of the schedule gets."""
UNCHECKED = "SET session_replication_role = replica;"
"""Foreign keys and triggers rest: a fifth of the time."""
NUMBERED = f"""
SELECT n, {FIRST_SLOT} + n / {PER_SLOT} AS slot_id, DATE '2025-01-01' + n / {PER_SLOT} % 700 AS day,
    ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS id,
    'v1:' || left(encode(sha256(n::text::bytea), 'base64'), 43) AS applicant
FROM generate_series(0, {{count}} - 1) AS n
"""
BOOKING = (
    f"""
    INSERT INTO slot (id, queue, centre, starts_at, ends_at, visit_date, scheduled, capacity, taken)
    OVERRIDING SYSTEM VALUE
    SELECT slot_id, 'bench-base-01-main', 'bench-base-01', day + n / {PER_SLOT} / 700 * interval '5 minutes',
        day + interval '1 day', day, {PER_SLOT}, {PER_SLOT}, {PER_SLOT}
    FROM ({NUMBERED}) AS past WHERE n % {PER_SLOT} = 0
    """,
    f"""
    INSERT INTO booking (id, status, created_at, slot_id, organisation, centre, service, starts_at, visit_date,
        channel, applicant_kind, applicant_key, person_key, names, quota, expires_at, created_by, confirmed_at,
        ticket_number, ended_at)
    SELECT id, 'missed', day, slot_id, 'bench', 'bench-base-01', 'bench-visit', day, day,
        'online', 'individual', applicant, applicant, decode(repeat('5a', 100), 'hex'),
        '{{{{"organisation": "bench", "channel": "online", "limit": 4, "used": 1, "period": "2025-01"}}}}', day,
        applicant, day, n, day
    FROM ({NUMBERED}) AS past
    """,
)
QUOTA = (
    f"""
    INSERT INTO usage (applicant_key, organisation, kind, channel, period, period_start, used, granted_limit)
    SELECT applicant, 'bench', 'individual', 'online', 'month', date_trunc('month', day), 1, 4
    FROM ({NUMBERED}) AS past
    """,
    f"""
    INSERT INTO reservation (booking_id, attempts, applicant_key, organisation, kind, channel, period, period_start,
        visit_date, cancelled_counts, state, expires_at, ask_at, created_at, changed_at)
    SELECT id, ARRAY[id], applicant, 'bench', 'individual', 'online', 'month', date_trunc('month', day), day, true,
        'committed', day, day, day, day
    FROM ({NUMBERED}) AS past
    """,
    f"""
    INSERT INTO ledger (booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, reason, at)
    SELECT id, applicant, 'bench', 'individual', 'online', 'month', date_trunc('month', day), 1, 'reserved', day
    FROM ({NUMBERED}) AS past
    """,
)


def add(system: System, count: int) -> None:
    """So many bookings, a multiple of a hundred; half a minute for a million."""
    parts = {"booking": BOOKING, "quota": QUOTA}
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(_write, system.database(name), parts[name], count) for name in parts]:
            done.result()
    script(system.database("booking"), "CHECKPOINT")


def _write(url: str, statements: tuple[str, ...], count: int) -> None:
    for statement in statements:
        script(url, UNCHECKED + statement.format(count=count))
    script(url, "VACUUM (ANALYZE)")

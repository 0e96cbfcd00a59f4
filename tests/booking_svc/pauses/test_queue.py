"""The queue of a centre through a pause: frozen, and afterwards at the very place where it stopped."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from services.testing import eventually

DESKS = ("town-1", "town-2")


class Line:
    """Visitors in the hall, and the two desks that call them."""

    def __init__(self, hall):
        self.hall, self.town = hall, hall.town

    @property
    def staff(self):
        return self.town.stack.bearer("administrator", sub="admin-1", centre="town", organisation="hsc")

    async def comes(self, index, time, **more):
        """Booked at the terminal for today, and so checked in."""
        terminal = self.town.stack.bearer("terminal", sub="terminal-1", centre="town")
        person = {
            "kind": "individual",
            "number": self.town.number(index),
            "family_name": "Коваль",
            "given_name": "Олена",
        }
        held = await self.town.hold(terminal, self.town.at(time), applicant=person | more)
        assert held.status_code == 201, held.text
        return (await self.town.step(terminal, held.json()["id"], "confirm")).json()["id"]

    async def call(self, desk=DESKS[0], **headers):
        return await self.hall.post(f"/desks/{desk}/call", who=self.staff, **headers)

    async def step(self, visit, step, body=None):
        return await self.hall.post(f"/visits/{visit}/{step}", body, who=self.staff)

    async def leaves(self, visit):
        """The desk is free for the next one."""
        await self.hall.rows(
            "UPDATE booking SET status = 'refused', refused_because = 'test', ended_at = called_at WHERE id = $1", visit
        )

    async def waiting(self):
        """Who waits, in the order of the rule: priority first, then the place in line."""
        rows = await self.hall.rows(
            "SELECT id FROM booking WHERE status = 'confirmed' AND checked_in_at IS NOT NULL"
            " ORDER BY priority IS NULL, line_at, id"
        )
        return [str(row["id"]) for row in rows]

    async def called(self, count):
        """The next so many, in order."""
        order = []
        for _ in range(count):
            answer = await self.call()
            assert answer.status_code == 200, answer.text
            order.append(answer.json()["visit"])
            await self.leaves(order[-1])
        return order


@pytest_asyncio.fixture
async def line(hall):
    return Line(hall)


def refusal(answer):
    return answer.status_code, answer.json().get("code")


async def test_the_queue_goes_on_at_the_very_place_where_it_stopped(line):
    """Who was next before is next afterwards: priority, booked times, and the place after a skip; a visitor who was
    called is still at the desk, with the calls that there were. Who comes meanwhile has the place of the booked time.
    """
    for index, time in enumerate(("11:00", "09:40", "10:20", "10:00", "09:20")):
        await line.comes(index, time)
    skipped = (await line.call()).json()["visit"]
    assert (await line.step(skipped, "skip")).status_code == 200
    preferred = await line.comes(9, "11:20", priority="military", document_shown=True)
    assert (await line.call(DESKS[1])).json()["visit"] == preferred
    before = await line.waiting()
    assert len(before) == 5
    await line.hall.pause("09:23")
    assert refusal(await line.call()) == (409, "paused")
    joined = await line.comes(8, "10:20")
    await line.hall.resume("10:05")
    recalled = await line.step(preferred, "recall")
    assert (recalled.status_code, recalled.json()["calls"]) == (200, 2)
    after = await line.called(6)
    assert [visit for visit in after if visit != joined] == before
    assert after.index(joined) == 4


async def test_paused_comes_before_everything_else(line):
    """Before desk_busy, before 204 of an empty hall; and says why and since when."""
    assert (await line.call()).status_code == 204
    await line.comes(1, "09:20")
    assert (await line.call()).status_code == 200
    assert refusal(await line.call()) == (409, "desk_busy")
    await line.hall.pause("09:10", reason="power")
    for desk in DESKS:
        answer = await line.call(desk)
        assert refusal(answer) == (409, "paused")
        assert (answer.json()["reason"], answer.json()["since"]) == ("power", "2026-11-24T09:10:00+02:00")
    await line.hall.resume("09:15")
    assert refusal(await line.call()) == (409, "desk_busy")


async def test_who_is_at_the_desk_may_be_served_and_is_not_sent_away(line):
    """Recall, missed and skip judge who does not come: frozen. Verify, start and finish end what was begun."""
    visit = await line.comes(1, "09:20")
    await line.call()
    for _ in range(2):
        await line.step(visit, "recall")
    await line.hall.pause("09:10")
    for step in ("recall", "missed", "skip"):
        assert refusal(await line.step(visit, step)) == (409, "paused")
    shown = {"number": line.town.number(1), "family_name": "Коваль", "given_name": "Олена"}
    for step, body in (("verify", shown), ("start", None), ("finish", {"outcome": "served"})):
        assert (await line.step(visit, step, body)).status_code == 200


async def test_a_repeated_call_is_answered_during_the_pause(line):
    """The press came before; the visitor that it called is the same."""
    visit = await line.comes(1, "09:20")
    key = {"Idempotency-Key": "press"}
    first = await line.call(**key)
    await line.hall.pause("09:10")
    again = await line.call(**key)
    assert (again.status_code, again.json()["visit"]) == (200, visit)
    assert first.json()["visit"] == visit


async def test_nobody_becomes_a_no_show_by_a_pause(line):
    """Not during it, and not afterwards for a time that it touched; for all others as ever."""
    town = line.town
    before, touched, after = [
        await town.booked(town.citizen(n), town.at(t)) for n, t in enumerate(("09:20", "09:40", "11:00"))
    ]

    async def status(index, booking):
        return (await line.hall.read(town.citizen(index), booking))["status"]

    async def missed(index, booking):
        return await status(index, booking) == "missed"

    town.stack.clock.time = town.at("09:36")
    await eventually(lambda: missed(0, before))
    await line.hall.pause("09:36")
    await line.hall.resume("10:40")
    town.stack.clock.time = town.at("11:16")
    await eventually(lambda: missed(2, after))
    assert await status(1, touched) == "confirmed"
    terminal = town.stack.bearer("terminal", sub="terminal-1", centre="town")
    late = await line.hall.post(f"/bookings/{touched['id']}/check-in", who=terminal)
    assert late.status_code == 200
    assert await line.called(1) == [touched["id"]]


async def test_no_call_is_between_a_pause_and_its_end(line):
    """Two desks call and skip without rest while the centre is paused and resumed: what the outbox tells has an order,
    and no call stands within a pause.
    """
    for index in range(16):
        await line.comes(index, f"{10 + index // 6}:{index // 2 % 3 * 20:02d}")
    working = True

    async def works(desk):
        while working:
            answer = await line.call(desk)
            if answer.status_code == 200:
                await line.leaves(answer.json()["visit"])
            elif answer.status_code == 204:
                return

    desks = asyncio.gather(*(works(desk) for desk in DESKS))
    for _ in range(4):
        await line.hall.pause("09:00")
        await line.hall.resume("09:00")
        await asyncio.sleep(0)
    working = False
    await desks
    rows = await line.hall.rows(
        "SELECT subject FROM outbox WHERE subject IN ('visit.called.v1', 'centre.paused.v1', 'centre.resumed.v1')"
        " ORDER BY id"
    )
    told = [row["subject"] for row in rows]
    for place, subject in enumerate(told):
        if subject == "centre.paused.v1":
            assert told[place + 1] == "centre.resumed.v1"
    assert "visit.called.v1" in told


@pytest.mark.parametrize("away", [True, False])
async def test_waiting_is_counted_without_the_pause(line, away):
    """From the booked time to the call, less what the centre stood still."""
    visit = await line.comes(1, "09:20")
    await line.hall.pause("09:30" if away else "09:10")
    await line.hall.resume("09:50")
    line.town.stack.clock.time = line.town.at("10:00")
    await line.call()
    [period] = await line.hall.rows(
        "SELECT ended_at - started_at AS whole, paused_seconds FROM visit_period WHERE booking_id = $1", visit
    )
    assert period["whole"] == timedelta(minutes=40)
    assert period["paused_seconds"] == (20 if away else 30) * 60

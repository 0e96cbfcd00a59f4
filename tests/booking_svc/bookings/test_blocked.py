"""Who did not come too often is refused online, and books in the centre (domain.md §2, no-shows)."""

from datetime import timedelta

from services.testing import eventually


async def miss(town, *times):
    """Bookings of today that nobody comes to, and the clock at a quarter past the last; quota_svc has heard it."""
    for time in times:
        await town.booked(town.citizen(), town.at(time))
    town.stack.clock.time = town.at(times[-1]) + timedelta(minutes=16)
    await eventually(lambda: told(town))


async def told(town):
    answer = await town.quota.get("/api/v1/quota?organisation=hsc", headers=town.citizen())
    return answer.json()["blocked"]


async def limit(town, no_shows):
    """The policy of individuals online with this limit of no-shows."""
    rule = {"organisation": "hsc", "applicant": "individual", "channel": "online", "limit": 4, "period": "month"}
    body = rule | {"no_show_limit": no_shows, "valid_from": "2025-01-01"}
    answer = await town.quota.put("/api/v1/admin/policies", json=body, headers=town.stack.bearer("admin"))
    assert answer.status_code == 200, answer.text


async def test_a_blocked_person_is_refused_online_and_not_at_the_terminal(town):
    """403 with since when, why and how to lift it; no quota, no place is used; unblocked, it is as before."""
    await limit(town, 2)
    await miss(town, "10:00", "10:20")
    who, time = town.citizen(), town.at("12:00", days=1)
    refused = await town.hold(who | {"Accept-Language": "en"}, time)
    assert (refused.status_code, refused.json()["code"]) == (403, "blocked_for_no_shows")
    problem = refused.json()
    assert (problem["since"], problem["no_shows"], problem["period"]) == ("2026-11-24T10:36:00+02:00", 2, "2026-11")
    assert (problem["centre"], len(problem["missed"])) == ("town", 2)
    assert "24.11.2026 10:36" in problem["detail"]
    assert "an administrator lifts the block" in problem["detail"]
    assert (await told(town))["since"] == problem["since"]
    assert await town.used(who) == 2

    applicant = {"kind": "individual", "number": town.number(1), "family_name": "Коваль", "given_name": "Олена"}
    terminal = town.stack.bearer("terminal", centre="town")
    assert (await town.hold(terminal, town.at("15:00"), applicant=applicant)).status_code == 201

    staff = town.stack.bearer("administrator", organisation="hsc", centre="town")
    body = {"number": town.number(1), "organisation": "hsc", "reason": "Came with a passport"}
    assert (await town.quota.post("/api/v1/quota/unblock", json=body, headers=staff)).status_code == 200
    assert (await town.hold(who, time)).status_code == 201
    await town.healthy()


async def test_a_refused_key_is_free_again(town):
    """A refusal is not remembered: with the same key one books once the block is lifted."""
    await limit(town, 1)
    await miss(town, "10:00")
    who, key = town.citizen(), {"Idempotency-Key": "k"}
    assert (await town.hold(who, town.at("12:00", days=1), headers=key)).status_code == 403
    await limit(town, None)
    staff = town.stack.bearer("administrator", organisation="hsc", centre="town")
    body = {"number": town.number(1), "organisation": "hsc", "reason": "Came with a passport"}
    await town.quota.post("/api/v1/quota/unblock", json=body, headers=staff)
    assert (await town.hold(who, town.at("12:00", days=1), headers=key)).status_code == 201

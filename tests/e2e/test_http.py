"""What holds for every answer: languages, conditional reads, pages, repeated requests, documents, states."""

import re
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

pytestmark = pytest.mark.slow

HSC = {"licence-exchange", "vehicle-registration", "theory-exam", "practical-exam"}


def test_the_demo_data_are_as_promised(town: Any) -> None:
    """Six organisations, the centres, hours, desks and services of api.md "Demo data"."""
    anybody = town.anybody()
    organisations = {item["code"] for item in anybody.get("organisations").json()["items"]}
    assert organisations >= {
        "hsc", "lutsk-cnap", "if-cnap", "lublin-bom", "ternopil-police", "kyiv-holosiiv-police"
    }  # fmt: skip
    centres = {item["id"] for item in anybody.get("centres").json()["items"]}
    assert centres >= {"hsc-0741", "hsc-5641", "hsc-1841", "lutsk-cnap-main", "if-cnap-main", "lublin-bom-main"}
    for centre_id in ("hsc-0741", "hsc-5641", "hsc-1841"):
        centre = anybody.get(f"centres/{centre_id}").json()
        assert centre["hours"] == {day: [["09:00", "17:00"]] for day in ("tue", "wed", "thu", "fri", "sat")}
        assert centre["shelter"] is False
        assert [desk["id"] for desk in centre["desks"]][:4] == [f"{centre_id}-{number}" for number in range(1, 5)]
        assert all(set(desk["services"]) >= HSC for desk in centre["desks"])
        assert {"latitude", "longitude"} <= centre["position"].keys()
    assert anybody.get("services/theory-exam").json()["cooldown_days"] == 10


def test_a_service_is_explained_in_three_languages(town: Any) -> None:
    """Steps, documents, link; chosen by `lang=` before Accept-Language."""
    anybody = town.anybody()
    told = {lang: anybody.get("services/licence-exchange", lang=lang).json() for lang in ("uk", "en", "pl")}
    assert len({service["name"] for service in told.values()}) == 3
    assert all(service["steps"] and service["documents"] for service in told.values())
    assert told["en"]["online_url"].startswith("https://")
    assert anybody.reading("pl").get("services/licence-exchange").json() == told["pl"]
    assert anybody.reading("").get("services/licence-exchange").json() == told["uk"]


def test_centres_are_found_by_service_region_and_organisation(town: Any) -> None:
    """Unknown ones are found nowhere."""
    anybody = town.anybody()

    def found(**query: str) -> set[str]:
        return {item["id"] for item in anybody.get("centres", **query).json()["items"]}

    assert found(service="theory-exam") == {"hsc-0741", "hsc-5641", "hsc-1841"}
    assert found(organisation="lublin-bom") == {"lublin-bom-main"}
    volyn = anybody.get("centres/hsc-0741").json()["region"]["code"]
    assert found(region=volyn, service="theory-exam") == {"hsc-0741"}
    assert found(service="no-such-service") == set()
    assert {item["code"] for item in anybody.get("services", organisation="hsc").json()["items"]} == HSC


@pytest.mark.parametrize(
    "path",
    [
        "availability?service=theory-exam",
        "slots?centre=hsc-5641&service=theory-exam&date=2027-03-19",
        "centres",
        "centres/hsc-0741",
        "services",
        "services/theory-exam",
    ],
)
def test_what_has_not_changed_is_not_sent_again(town: Any, path: str) -> None:
    """304 for the ETag, 200 for another one."""
    anybody = town.anybody()
    first = anybody.get(path)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}"):
        answer = anybody.send("GET", path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert anybody.send("GET", path, headers={"If-None-Match": '"other"'}).json() == first.json()


def test_the_etag_changes_with_the_content(town: Any, eventually: Any) -> None:
    """A place that is taken, another language."""
    start = town.time(centre="hsc-5641")
    path = f"slots?centre=hsc-5641&service=vehicle-registration&date={start[:10]}"
    before = town.anybody().get(path).headers["etag"]
    town.citizen().held(start, centre="hsc-5641")
    eventually(lambda: town.anybody().get(path).headers["etag"] != before, seconds=1)
    tags = {town.anybody().reading(lang).get("centres/hsc-0741").headers["etag"] for lang in ("uk", "en", "pl")}
    assert len(tags) == 3


def test_ones_own_bookings_come_in_pages_the_newest_first(town: Any) -> None:
    """`next` and `Link` lead through all of them."""
    citizen = town.citizen()
    booked = [citizen.held(start)["id"] for start in town.times(3)]
    path, pages = "bookings?limit=2", []
    while path:
        answer = citizen.get(path)
        pages.append([item["id"] for item in answer.json()["items"]])
        link = re.fullmatch(r'</api/v1/(.+)>; rel="next"', answer.headers.get("link", ""))
        assert bool(link) == bool(answer.json()["next"])
        path = link[1] if link else ""
    assert [len(page) for page in pages if page] == [2, 1]
    assert [booking for page in pages for booking in page] == booked[::-1]


def test_all_times_are_rfc_3339_with_the_centres_offset(town: Any) -> None:
    """In bookings, slots, the map and the quota."""
    citizen = town.citizen()
    start = town.slots("2027-03-04", centre="lublin-bom-main", service="pl-id-card")[0]["starts_at"]
    booking = citizen.held(start, centre="lublin-bom-main", service="pl-id-card")
    moments = [booking["starts_at"], booking["expires_at"], booking["created_at"]]
    assert [moment[-6:] for moment in moments] == ["+01:00"] * 3
    utc = datetime.fromisoformat(town.times(1)[0]).astimezone().isoformat()
    assert citizen.hold(utc.replace("+00:00", "Z")).status_code == 201, "any offset will do in a request"


def test_a_repeated_request_makes_one_booking(town: Any, month: str, refused: Any) -> None:
    """The same key and body: the same resource. Another body: a mismatch. Another person: another key."""
    citizen, other = town.citizen(), town.citizen()
    start, later = town.times(2)
    first, again = citizen.hold(start, key="k-1"), citizen.hold(start, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    refused(citizen.hold(later, key="k-1"), 422, "idempotency_mismatch")
    assert other.hold(start, key="k-1").json()["id"] != first.json()["id"]
    assert citizen.quota(month)["used"] == 1


@pytest.mark.parametrize("step", ["confirm", "cancel"])
def test_a_repeated_step_answers_as_the_first_did(town: Any, refused: Any, step: str) -> None:
    """Somebody whose answer got lost learns that it is done; without the key a second cancel is refused."""
    citizen = town.citizen()
    booking = citizen.held(town.time())["id"]
    first, again = citizen.step(booking, step, key="s-1"), citizen.step(booking, step, key="s-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    refused(citizen.step(booking, "cancel" if step == "confirm" else "confirm", key="s-1"), 422, "idempotency_mismatch")


def test_a_refusal_is_not_remembered(town: Any, refused: Any) -> None:
    """The same key succeeds once the reason is gone."""
    citizen, start = town.citizen(), town.time()
    for earlier in town.times(4):
        last = citizen.held(earlier)
    refused(citizen.hold(start, key="r-1"), 409, "quota_exhausted")
    citizen.step(last["id"], "cancel")
    assert citizen.hold(start, key="r-1").status_code == 201


@pytest.mark.parametrize("key", ["k" * 256, "with\ttab"])
def test_a_key_that_is_none_is_refused(town: Any, refused: Any, key: str) -> None:
    """1 to 255 printable characters."""
    refused(town.citizen().hold(town.time(), key=key), 422, "invalid_request")


def test_the_state_of_all_is_public(town: Any) -> None:
    """`/api/v1/status`, and what machines ask each process."""
    services = dict.fromkeys(("booking_svc", "quota_svc", "feedback_svc", "stats_svc"), "ok")
    assert town.anybody().get("status").json() == {"services": services}
    ports = {
        name: item["port"] for name, item in town.processes().items() if name not in ("postgres", "nats", "issuer")
    }
    for name, port in ports.items():
        at = f"http://127.0.0.1:{port}"
        assert town.http.get(f"{at}/livez").status_code == 200
        ready = town.http.get(f"{at}/readyz")
        assert (ready.status_code, set(ready.json().values())) == (200, {"ok"})
        metrics = town.http.get(f"{at}/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        assert f'service="{name}"' in metrics.text
    assert ports["gateway"] == town.port


def test_problems_carry_the_callers_trace(town: Any) -> None:
    """So that one can be found in the logs of every process it went through."""
    trace = uuid4().hex
    header = {"traceparent": f"00-{trace}-{'1' * 16}-01"}
    assert town.anybody().send("GET", "bookings", headers=header).json()["trace_id"] == trace


def test_documents_for_people_and_machines(town: Any) -> None:
    """/docs with everything it loads from here, the merged OpenAPI document, the events as AsyncAPI."""
    page = town.http.get("/docs")
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert town.http.get(address).status_code == 200
    document = town.anybody().get("openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/bookings", "/api/v1/quota", "/api/v1/slots", "/api/v1/status"} <= set(document["paths"])
    events = town.http.get("/asyncapi.json").json()
    assert "booking.confirmed.v1" in events["channels"]


def test_the_openapi_document_holds_together(town: Any) -> None:
    """References lead somewhere, operations have one name each, path parameters are declared."""
    document = town.anybody().get("openapi.json").json()
    names = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            names.append(operation["operationId"])
            declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path)), path
            assert operation["responses"]
    assert len(names) == len(set(names))
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        part = document
        for name in reference.split("/"):
            part = part[name]


def test_every_documented_path_answers(town: Any, refused: Any) -> None:
    """With nonsense and without login: a documented problem or an answer, never a crash, quickly. Of a stream that goes
    on, its beginning.
    """
    document = town.anybody().get("openapi.json").json()
    citizen = town.citizen()
    for path, operations in document["paths"].items():
        address = re.sub(r"{\w*id}", "01a20c5b-0000-7000-8000-000000000000", path.removeprefix("/api/v1/"))
        address = re.sub(r"{day}", "2027-03-03", re.sub(r"{(?!day)\w+}", "no-such-thing", address))
        for method in operations:
            for caller in (town.anybody(), citizen):
                begin = time.monotonic()
                with caller.open(method.upper(), address, json={"no": "such"} if method != "get" else None) as answer:
                    if not answer.headers["content-type"].startswith("text/event-stream"):
                        answer.read()
                    assert time.monotonic() - begin < 2
                assert answer.status_code in (200, 401, 403, 404, 409, 422), (method, path, answer.text)
                if answer.status_code != 200:
                    refused(answer, answer.status_code, answer.json()["code"])


def test_headers_that_protect_browsers_are_on_every_answer(town: Any) -> None:
    """Also on problems."""
    for path in ("/api/v1/centres", "/api/v1/nothing", "/docs", "/livez"):
        headers = town.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]

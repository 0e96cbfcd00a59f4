"""Statistics as people read them: on a whole local run with the ratings of 2025, over HTTP, without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.local.people import tax_number
from stats_svc import domain, opendata
from tests.e2e.local_run import Run, local_runs, wait_until
from tests.gateway.pages.reading import KEYS, Reader, Shown

pytestmark = pytest.mark.slow

CENTRE, OTHER, SERVICE = "hsc-0741", "hsc-5641", "licence-exchange"
VOLYN, RIVNE = "UA07000000000024379", "UA56000000000066151"
OLENA = {"family_name": "Д’яченко", "given_name": "Олена"}
SERVED = 6
FEW = "< 5*"


@pytest.fixture(scope="module")
def town() -> Iterator[Run]:
    """Tuesday, 2 March 2027; six visitors of today were served in Lutsk, and 2024 had three ratings there."""
    with local_runs() as make:
        run = make(VIZYT_CLOCK="2027-03-02T09:00:00+02:00", GATEWAY_SESSION_KEYS=KEYS, VIZYT_DEMO_RATINGS="1")
        run.start()
        _few_ratings(run)
        _visits(run)
        yield run


def _few_ratings(run: Run) -> None:
    questions = ("premises", "services", "staff", "process", "overall")
    lines = [
        {"external_id": f"old-{day}", "desk": f"{CENTRE}-1", "submitted_at": f"2024-05-{day}T12:00:00+03:00"}
        | {"answers": dict.fromkeys(questions, 4), "channel": "qr"}
        for day in (14, 15, 16)
    ]
    headers = {"content-type": "application/x-ndjson"}
    body = "".join(json.dumps(line) + "\n" for line in lines)
    assert run.caller("admin").send("POST", "feedback/import", content=body, headers=headers).json()["imported"] == 3


def _visits(run: Run) -> None:
    terminal, desk = run.caller("terminal", "--centre", CENTRE), run.caller("administrator", "--desk", f"{CENTRE}-1")
    starts = [slot["starts_at"] for slot in run.slots("2027-03-02", centre=CENTRE, service=SERVICE) if slot["free"]]
    for place in range(SERVED):
        person = {**OLENA, "number": tax_number(70_001 + place, male=False)}
        wish = {"centre": CENTRE, "service": SERVICE, "applicant": {"kind": "individual", **person}}
        visit = terminal.confirmed(starts[place], **wish)["id"]
        assert desk.post(f"desks/{CENTRE}-1/call").json()["visit"] == visit
        assert desk.post(f"visits/{visit}/verify", person).is_success
        assert desk.post(f"visits/{visit}/start").is_success
        assert desk.post(f"visits/{visit}/finish", {"outcome": "served"}).is_success
    query = {"group_by": "year", "from": "2024-01-01", "to": "2027-12-31"}

    def counted() -> bool:
        rated, visits = (run.anybody().get(f"stats/{what}", **query).json() for what in ("ratings", "visits"))
        return bool(rated["total"]["ratings"] == 23_600 and visits["total"]["served"] == SERVED)

    wait_until(counted, seconds=30)


def staff(town: Run, role: str, centre: str = CENTRE) -> Reader:
    return Reader(town, town.told("token", role, "--centre", centre))


def figures(town: Run, what: str, **query: Any) -> dict[str, Any]:
    """Of 2025, as the API tells everybody."""
    asked = {"from": "2025-01-01", "to": "2025-12-31"} | query
    found: dict[str, Any] = town.anybody().get(f"stats/{what}", **asked).raise_for_status().json()
    return found


def number(value: int) -> str:
    return f"{value:,}"


def percent(value: float) -> str:
    return f"{value * 100:.1f}%"


def test_the_dashboard_shows_the_last_whole_year_that_has_figures(town: Run) -> None:
    """They are those of the API: in all, by region with its interval, by question, by month."""
    shown = Reader(town).open("/stats")
    assert (shown.status, shown.heading) == (200, "Statistics of service centres")
    assert "the year 2025" in shown.text
    total = figures(town, "ratings")["total"]
    low, high = total["interval"]
    assert "of 23,597 ratings" in shown.text
    assert f"the true share lies between {percent(low)} and {percent(high)}" in shown.text
    for group in ("region", "question", "month"):
        for item in figures(town, "ratings", group_by=group)["items"]:
            assert percent(item["share_positive"]) in shown.text
            assert group == "question" or number(item["ratings"]) in shown.text
    assert re.search(r"Rivne \S+ 9,459 .* Volyn \S+ 7,546 .* Zhytomyr \S+ 6,592 ", shown.text)


def test_charts_say_what_they_show_and_a_table_says_the_same(town: Run) -> None:
    """Each is named and described for those who do not see it."""
    shown = Reader(town).open("/stats?year=2025")
    charts = re.findall(r'<svg class="chart" role="img" aria-labelledby="(\S+) (\S+)"', shown.source)
    assert len(charts) == 2
    for title, what in charts:
        assert re.search(rf'<title id="{title}">[^<]+, the year 2025</title>', shown.source)
        assert re.search(rf'<desc id="{what}">[^<]+</desc>', shown.source)
    assert shown.source.count('class="chart-column" x=') == 12
    july = next(item for item in figures(town, "ratings", group_by="month")["items"] if item["key"] == "2025-07")
    assert f"July 2025 {number(july['ratings'])} {percent(july['share_positive'])}" in shown.text


def test_the_first_page_is_light(town: Run) -> None:
    """Under 60 KB with its script and styles, on the way."""
    somebody = Reader(town)
    page = somebody.send("GET", "/stats")
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    sizes = [int(somebody.send("GET", part).headers["content-length"]) for part in parts]
    assert int(page.headers["content-length"]) + sum(sizes) < 60_000


def test_a_region_and_its_centre_have_pages_of_the_same_days(town: Run) -> None:
    """From the country down, by links that keep the period."""
    reader = Reader(town)
    region = reader.follow(reader.open("/stats?year=2025&quarter=3"), "Volyn")
    assert "quarter 3 of 2025" in region.text
    summer = {"from": "2025-07-01", "to": "2025-09-30"}
    ratings = figures(town, "ratings", region=VOLYN, **summer)["total"]["ratings"]
    assert f"of {number(ratings)} ratings" in region.text
    centre = reader.follow(region, "0741")
    assert centre.path == f"/stats/centres/{CENTRE}"
    assert f"of {number(ratings)} ratings" in centre.text
    assert "How many gave each answer" in centre.text
    questions = figures(town, "ratings", centre=CENTRE, group_by="question", **summer)["items"]
    for item in questions:
        assert " ".join(number(item["values"].get(value, 0)) for value in "1234") in centre.text


def test_visits_are_shown_and_the_trend_goes_by_days(town: Run) -> None:
    """Of the days that were asked for; no ratings is said, not drawn."""
    shown = Reader(town).open(f"/stats/centres/{CENTRE}?from=2027-03-01&to=2027-03-31")
    assert "Booked 6 Served 6 Did not show up 0" in shown.text
    assert "March 2, 2027" in shown.text or "2 March 2027" in shown.text
    assert "3 March 2027" not in shown.text.replace("March 3, 2027", "3 March 2027")
    assert "There are no ratings of these days" in shown.text
    assert "Nobody who wanted a time in these days was refused" in shown.text


def test_figures_of_few_people_are_hidden_and_it_is_said_why(town: Run) -> None:
    """From the public; the centre's own manager sees them."""
    public = Reader(town).open(f"/stats/centres/{CENTRE}?year=2024")
    assert FEW in public.text
    assert "so that nobody can be recognised" in public.text
    assert "of 3 ratings" not in public.text
    assert "of 3 ratings" in staff(town, "manager").open(f"/stats/centres/{CENTRE}?year=2024").text
    assert "of 3 ratings" not in staff(town, "manager", OTHER).open(f"/stats/centres/{CENTRE}?year=2024").text


def test_desks_are_shown_to_their_manager_only(town: Run) -> None:
    """With what was expected of their mix of services, and the note on small samples."""
    address = f"/stats/centres/{CENTRE}?from=2025-01-01&to=2027-03-02"
    own = staff(town, "manager").open(address)
    assert "only you see this" in own.text
    assert re.search(r"Desk 1 6 \d+ / \d+ ", own.text)
    assert "fewer than 20 visits or ratings of its own" in own.text
    assert "This ranks nobody" in own.text
    for somebody in (Reader(town), Reader(town, town.citizen().token), staff(town, "manager", OTHER)):
        shown = somebody.open(address)
        assert shown.status == 200
        assert "Desk 1" not in shown.text
        assert not shown.to("/stats/reports/")


@pytest.mark.parametrize(
    ("form", "media", "begins"),
    [
        (".html", "text/html", b"<!doctype html>"),
        (".pdf", "application/pdf", b"%PDF"),
        (".xlsx", "application/", b"PK"),
    ],
)
def test_reports_are_for_those_in_charge(town: Run, form: str, media: str, begins: bytes) -> None:
    """The links on the page lead to the API's files; others are refused, and strangers sent to sign in."""
    manager = staff(town, "manager")
    (address,) = [
        one for one in manager.open(f"/stats/centres/{CENTRE}?year=2025").to("/stats/reports/") if form in one
    ]
    assert f"2025{form}?centre={CENTRE}" in address
    answer = manager.send("GET", address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    assert answer.content[:20].lstrip().startswith(begins)
    assert answer.headers["cache-control"] == "private, no-store"
    assert staff(town, "manager", OTHER).send("GET", address).status_code == 403
    assert Reader(town, town.citizen().token).send("GET", address).status_code == 403
    refused = Reader(town).send("GET", address, follow=False)
    assert (refused.status_code, refused.headers["location"].partition("=")[0]) == (303, "/login?next")


@pytest.mark.parametrize(
    ("query", "field", "why"),
    [
        ("from=2025-05-02&to=2025-05-01", "to", "The last day is before the first one"),
        ("from=2015-01-01&to=2025-12-31", "to", "Ten years are the most"),
        ("from=2016-01-01&to=2025-12-31&by=day", "by", "two years are the most"),
        ("from=2025-02-30&to=2025-12-31", "from", "Choose the first day"),
        ("from=2025-01-01", "to", "Choose the last day"),
        ("from=0001-01-01&to=2025-12-31", "from", "Choose the first day"),
        ("from=2025-01-01&to=2025-12-31&by=hour", "by", "Choose days, months or years"),
        ("year=x", "year", "Choose a year of the list"),
        ("year=²", "year", "Choose a year of the list"),
        ("year=2025&quarter=5", "quarter", "Choose a quarter"),
    ],
)
def test_days_that_cannot_be_shown_come_back_with_their_field(town: Run, query: str, field: str, why: str) -> None:
    """What was filled in stays."""
    shown = Reader(town).open(f"/stats?{query}")
    assert shown.status == 422
    assert shown.link(why) == f"#{field}"
    assert f'id="{field}-error"' in shown.source
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', shown.source)
    for name, value in (pair.split("=") for pair in query.split("&") if pair.startswith(("from", "to"))):
        assert re.search(rf'name="{name}"[^>]*value="{value}"', shown.source)


@pytest.mark.parametrize(
    "address", ["/stats/centres/nowhere", "/stats/regions/UA99", "/stats/regions/%2e%2e", "/stats/centres/A"]
)
def test_a_place_that_there_is_not_is_not_found(town: Run, address: str) -> None:
    assert Reader(town).open(address).status == 404


def test_a_place_without_figures_has_a_page(town: Run) -> None:
    """It says so. Default is this year, where no whole year has any."""
    shown = Reader(town).open("/stats/centres/lutsk-cnap-main")
    assert "the year 2027" in shown.text
    assert "Nothing happened in these days" in shown.text
    shown = Reader(town).open(f"/stats/centres/{OTHER}?year=2026")
    assert "Nothing happened in these days" in shown.text


@pytest.mark.parametrize(
    ("language", "heading", "percent_of"),
    [("uk", "Статистика сервісних центрів", "98,0%"), ("pl", "Statystyka centrów obsługi", "98,0%")],
)
def test_figures_are_written_as_the_reader_writes_them(town: Run, language: str, heading: str, percent_of: str) -> None:
    shown = Reader(town, language=language).open("/stats")
    assert shown.heading == heading
    assert percent_of in shown.text
    assert "23\u00a0597" in shown.source
    for address in (f"/stats/centres/{CENTRE}", f"/stats/regions/{RIVNE}", "/stats/method", "/stats/today"):
        assert Reader(town, language=language).open(address).status == 200


def test_todays_figures_stand_on_a_page_of_their_own(town: Run) -> None:
    """What the dashboard reads again when the stream tells of a change: the same part, and little else."""
    part = 'id="today" data-live data-source="/stats/today" data-stream="/api/v1/stats/live"'
    now = town.anybody().get("stats/today").json()
    for address in ("/stats", "/stats/today"):
        shown = Reader(town).open(address)
        assert part in shown.source
        assert f"Booked {now['visits']['booked']} Served {SERVED} Did not show up 0" in shown.text


def test_the_method_names_the_rules_that_the_figures_follow(town: Run) -> None:
    """A changed rule is a changed text."""
    text = Reader(town).open("/stats/method").text
    assert f"the service as a whole is {domain.POSITIVE_FROM} or 4" in text
    assert f"fewer than {domain.SMALLEST_CELL} people" in text
    assert f"off by {domain.ACCURACY:.0%} at most" in text
    assert f"as if {domain.PRIOR_WEIGHT} average" in text
    assert (opendata.DELAY_DAYS, "a delay of one day" in text) == (1, True)
    assert "CC BY 4.0" in text


def test_open_data_and_the_method_are_linked_and_there(town: Run) -> None:
    reader = Reader(town)
    shown = reader.open("/stats")
    assert opendata.LICENCE in shown.to("creativecommons.org")
    for address in (*shown.to("/open-data/"), *shown.to("/stats/method")):
        assert reader.send("GET", address).status_code == 200
    assert {"/open-data/catalog.json", "/open-data/ratings.csv"} <= set(shown.to("/open-data/"))


def test_statistics_are_found_from_every_page(town: Run) -> None:
    """In the footer; and among the ways of a manager, who comes to the own centre."""

    def ways(shown: Shown) -> list[str]:
        return [address for text, address in shown.links if text == "Statistics"]

    assert ways(Reader(town).open("/help")) == ["/stats"]
    assert ways(staff(town, "manager").open("/help")) == [f"/stats/centres/{CENTRE}", "/stats"]

"""Reports of a year or a quarter, in four forms, with the year before."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest_asyncio

from services.contracts import booking, feedback
from stats_svc.reports.domain import Period, named
from tests.stats_svc.conftest import World, finished, rated, visit
from tests.stats_svc.test_projections import remark

PAST, PAST_YEAR = date(2025, 3, 11), date(2024, 3, 12)
OPENED = datetime.fromisoformat("2025-03-11T12:00:00+02:00")


def test_what_a_report_can_be_of() -> None:
    """A year or a quarter, in one of four forms; nothing else."""
    assert named("2025") == (Period(2025), "json")
    assert named("2025-Q1.pdf") == (Period(2025, 1), "pdf")
    for name in ("25", "2025-Q5", "2025.doc", "2025-q1", "1999", "2025.PDF", "../2025"):
        assert named(name) is None


def test_quarters_cover_the_year() -> None:
    """Each begins on the day after the one before; each is compared with the same of the year before."""
    quarters = [Period(2024, number) for number in (1, 2, 3, 4)]
    assert (quarters[0].first, quarters[-1].last) == (Period(2024).first, Period(2024).last)
    for earlier, later in pairwise(quarters):
        assert earlier.last + timedelta(days=1) == later.first
    assert (str(Period(2024, 3).before), str(Period(2024))) == ("2023-Q3", "2024")


def year() -> Iterator[Any]:
    """Twice as much as the year before."""
    for day, n in ((PAST, 20), (PAST_YEAR, 10)):
        yield from (visit(booking.BookingConfirmed, day=day) for _ in range(n))
        yield from (finished(600, 300, day=day) for _ in range(n))
        yield from (rated(4, day=day) for _ in range(n))
    yield from (visit(booking.BookingConfirmed, at="hsc-5641", day=PAST) for _ in range(3))
    for _ in range(5):
        yield remark(feedback.RemarkOpened, opened=OPENED, negative=True, commented=True)
        yield remark(feedback.RemarkAnswered, opened=OPENED, answered_at=OPENED + timedelta(hours=1), told=True)


@pytest_asyncio.fixture
async def report(world: World) -> World:
    await world.places()
    await world.tell(*year())
    return world


def lines(report: dict[str, Any], section: int) -> dict[str, list[Any]]:
    return {line["title"]: line["values"] for line in report["sections"][section]["lines"]}


async def test_a_year_beside_the_one_before(report: World) -> None:
    """Visits, times, ratings, questions, remarks, months and centres; small cells are hidden."""
    manager = report.manager(centre=None)
    made = (await report.get("reports/hsc/2025", headers=manager, lang="en")).json()
    assert (made["title"], made["subtitle"]) == ("Report: hsc", "year 2025")
    assert lines(made, 0)["Booked"] == [23, 10, 130.0]
    assert lines(made, 0)["Served"] == [20, 10, 100.0]
    assert lines(made, 1)["Half were served within"] == [9.8, 9.8, 0.0], "within 2 %"
    assert lines(made, 2)["Ratings"] == [20, 10, 100.0]
    assert lines(made, 3)["The process"] == [20, 4.0, 1.0]
    assert lines(made, 4) == {
        "Came in": [5, 0, None],
        "Answered": [5, 0, None],
        "  of them after the due time": [0, 0, None],
        "Half answered within, hours": [1.0, None, None],
        "9 of 10 within, hours": [1.0, None, None],
    }
    assert lines(made, 5) == {"2025-03": [23, 20, 0, 20, 1.0]}
    assert lines(made, 6) == {
        "Centre hsc-0741": [None, None, None, 20, 1.0],
        "Centre hsc-5641": [None, None, None, 0, None],
    }


async def test_a_report_of_a_centre_and_a_quarter(report: World) -> None:
    """Its own manager's; the other quarters are not in it."""
    asked = {"headers": report.manager(), "centre": "hsc-0741", "lang": "uk"}
    made = (await report.get("reports/hsc/2025-Q1", **asked)).json()
    assert (made["title"], made["subtitle"]) == ("Звіт: Центр hsc-0741", "1 квартал 2025 року")
    assert len(made["sections"]) == 6
    assert lines(made, 0)["Записано"] == [20, 10, 100.0]
    empty = (await report.get("reports/hsc/2025-Q2", **asked)).json()
    assert lines(empty, 0)["Записано"] == [0, 0, None]


async def test_the_same_as_page_document_and_workbook(report: World) -> None:
    """With Ukrainian letters in all of them; the page runs nothing, the workbook holds numbers."""
    asked: dict[str, Any] = {"headers": report.manager(centre=None), "lang": "uk"}
    page = await report.get("reports/hsc/2025.html", **asked)
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert "<h2>Записи та візити</h2>" in page.text
    assert "script" not in page.text
    document = await report.get("reports/hsc/2025.pdf", **asked)
    assert document.headers["content-disposition"] == 'attachment; filename="hsc-2025.pdf"'
    assert document.content.startswith(b"%PDF-")
    assert b"/FontFile2" in document.content, "the typeface comes along"
    assert b"/ToUnicode" in document.content, "its letters can be searched and copied"
    book = zipfile.ZipFile(io.BytesIO((await report.get("reports/hsc/2025.xlsx", **asked)).content))
    assert "Записано" in book.read("xl/sharedStrings.xml").decode()
    assert "<v>23</v>" in book.read("xl/worksheets/sheet1.xml").decode()


async def test_reports_are_for_manager_and_analyst(report: World) -> None:
    """Of their own; of what nobody knows there is none."""
    path, admin = "reports/hsc/2025", report.stack.bearer("admin")
    assert (await report.get(path)).status_code == 401
    assert (await report.get(path, headers=report.stack.bearer("citizen"))).status_code == 403
    assert (await report.get(path, headers=report.manager())).status_code == 403, "of one centre, not of all"
    assert (await report.get(path, headers=report.stack.bearer("analyst", organisation="hsc"))).status_code == 200
    assert (await report.get("reports/lublin-bom/2025", headers=report.manager(centre=None))).status_code == 403
    assert (await report.get("reports/nobody/2025", headers=admin)).status_code == 404
    assert (await report.get(path, headers=admin, centre="lublin-bom-main")).status_code == 404
    assert (await report.get("reports/hsc/last-year", headers=admin)).status_code == 422


async def test_every_form_in_every_language(report: World) -> None:
    """Nothing is missing from the words or the typeface."""
    admin = report.stack.bearer("admin")
    for name in (f"2025.{form}" for form in ("html", "pdf", "xlsx")):
        for language in ("uk", "en", "pl"):
            assert (await report.get(f"reports/hsc/{name}", headers=admin, lang=language)).status_code == 200

"""Open data: a day old, without small cells, described for machines."""

from __future__ import annotations

import csv
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stats_svc.domain import SMALLEST_CELL
from stats_svc.opendata import COLUMNS, safe, suppressed
from stats_svc.queries.publishing import Row
from tests.stats_svc.conftest import DAY, World, rated


def row(month: str, region: str, centre: str, ratings: int) -> Row:
    return Row(month, region, "hsc", centre, None, None, ratings, 4 * ratings, ratings)


places = st.tuples(st.sampled_from(["2025-01", "2025-02", "2025-03"]), st.sampled_from("ab"), st.sampled_from("123"))


@given(st.dictionaries(places, st.integers(1, 30)))
def test_no_total_tells_a_hidden_cell(cells: dict[tuple[str, str, str], int]) -> None:
    """Of a region's month, of a month, of a centre's year: what is hidden of each is two cells and five ratings at
    least, or all of it.
    """
    rows = [row(month, region, region + centre, n) for (month, region, centre), n in cells.items()]
    hide = suppressed(rows)
    assert {(item.month, item.centre) for item in rows if item.ratings < SMALLEST_CELL} <= hide
    for group in (lambda r: (r.month, r.region), lambda r: r.month, lambda r: r.centre):
        for key in {group(item) for item in rows}:
            table = [item for item in rows if group(item) == key]
            covered = [item.ratings for item in table if (item.month, item.centre) in hide]
            whole = len(covered) == len(table)
            assert not covered or whole or (len(covered) > 1 and sum(covered) >= SMALLEST_CELL)


async def test_ratings_until_yesterday(world: World) -> None:
    """Today's come tomorrow; a centre with few is empty, and so is what would tell it."""
    await world.places()
    yesterday, month_before = DAY - timedelta(days=1), DAY - timedelta(days=30)
    await world.tell(*(rated() for _ in range(9)), *(rated(3, day=yesterday) for _ in range(6)))
    await world.tell(*(rated(at="lublin-bom-main", day=month_before) for _ in range(2)))
    answer = await world.client.get("/open-data/ratings.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    found = list(csv.DictReader(answer.text.splitlines()))
    assert [(line["month"], line["centre"], line["ratings"], line["suppressed"]) for line in found] == [
        ("2026-10", "lublin-bom-main", "", "true"),
        ("2026-11", "hsc-0741", "6", "false"),
    ]
    assert (found[1]["mean"], found[1]["region_name"]) == ("3.0", "Волинська область")
    kept = {"If-None-Match": answer.headers["etag"]}
    assert (await world.client.get("/open-data/ratings.csv", headers=kept)).status_code == 304


async def test_the_catalogue_describes_the_data(world: World) -> None:
    """Licence, days, languages, and where the columns are explained."""
    await world.tell(*(rated(day=date(2025, 2, 3)) for _ in range(5)))
    catalogue = (await world.client.get("/open-data/catalog.json")).json()
    [dataset] = catalogue["dcat:dataset"]
    assert {title["@language"] for title in dataset["dct:title"]} == {"uk", "en", "pl"}
    assert dataset["dct:temporal"]["dcat:startDate"]["@value"] == "2025-02-03"
    assert dataset["dct:temporal"]["dcat:endDate"]["@value"] == str(DAY - timedelta(days=1))
    [distribution] = dataset["dcat:distribution"]
    assert distribution["dct:license"]["@id"].startswith("https://creativecommons.org/")
    schema = (await world.client.get(distribution["dct:conformsTo"]["@id"])).json()
    table = (await world.client.get(distribution["dcat:downloadURL"]["@id"])).text
    assert [field["name"] for field in schema["fields"]] == table.splitlines()[0].split(",") == [c[0] for c in COLUMNS]


def test_a_name_is_no_formula() -> None:
    """Spreadsheets would run it."""
    assert safe("=1+1") == "'=1+1"
    assert safe("Луцьк") == "Луцьк"

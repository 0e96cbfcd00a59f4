"""Open data: a table as CSV, what its columns mean, and a catalogue that others harvest (DCAT-AP 3)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from typing import Any

from stats_svc.domain import hidden_everywhere
from stats_svc.queries.publishing import Row

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
DELAY_DAYS = 1
CSV, SCHEMA, CATALOGUE = "/open-data/ratings.csv", "/open-data/ratings.schema.json", "/open-data/catalog.json"
COLUMNS: Sequence[tuple[str, str, str]] = (
    ("month", "yearmonth", "Month in which the ratings were given, in the centre's time zone"),
    ("region", "string", "КАТОТТГ or TERYT code of the region"),
    ("region_name", "string", "Name of the region, in Ukrainian"),
    ("organisation", "string", "Code of the organisation"),
    ("centre", "string", "Code of the centre"),
    ("centre_name", "string", "Name of the centre, in Ukrainian"),
    ("ratings", "integer", "How many ratings; empty where suppressed"),
    ("positive", "integer", "How many of them 3 or 4 for the service as a whole; empty where suppressed"),
    ("negative", "integer", "How many of them 1 or 2 for the service as a whole; empty where suppressed"),
    ("mean", "number", "Mean answer on the service as a whole, 1 to 4; empty where suppressed"),
    ("suppressed", "boolean", "Fewer than five ratings, or what would tell such a cell"),
)
DCAT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
NAME = {"uk": "Відкриті дані Vizyt", "en": "Open data of Vizyt", "pl": "Otwarte dane Vizyt"}
TITLE = {
    "uk": "Оцінки обслуговування за центрами та місяцями",
    "en": "Ratings of the service by centre and month",
    "pl": "Oceny obsługi według centrów i miesięcy",
}
ABOUT = {
    "uk": "Скільки оцінок отримав кожен центр за місяць і яка частка позитивних. Дані до вчорашнього дня включно."
    " Клітинки менш ніж із пʼяти оцінок і ті, з яких їх можна вирахувати, порожні.",
    "en": "How many ratings each centre was given in a month, and how many of them were positive. Until yesterday,"
    " included. Cells of fewer than five ratings, and those that would tell them, are empty.",
    "pl": "Ile ocen otrzymało każde centrum w miesiącu i ile z nich było pozytywnych. Dane do wczoraj włącznie."
    " Komórki z mniej niż pięcioma ocenami i te, z których można by je wyliczyć, są puste.",
}


def table(rows: Sequence[Row]) -> str:
    """CSV after RFC 4180. A cell is hidden within its month's region, its region's month, and its centre's year: these
    are the totals that can be asked for.
    """
    hide = suppressed(rows)
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([name for name, _, _ in COLUMNS])
    writer.writerows(_line(row, hides=(row.month, row.centre) in hide) for row in rows)
    return stream.getvalue()


def suppressed(rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Months and centres that are not shown."""
    cells = {(row.month, row.centre): row.ratings for row in rows}
    by_region: defaultdict[Any, list[tuple[str, str]]] = defaultdict(list)
    by_month: defaultdict[Any, list[tuple[str, str]]] = defaultdict(list)
    by_year: defaultdict[Any, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        cell = (row.month, row.centre)
        by_region[row.month, row.region].append(cell)
        by_month[row.month].append(cell)
        by_year[row.month[:4], row.centre].append(cell)
    return hidden_everywhere(cells, [*by_region.values(), *by_month.values(), *by_year.values()])


def _line(row: Row, *, hides: bool) -> list[object]:
    names = (row.region_name or {}).get("uk", row.region), (row.centre_name or {}).get("uk", row.centre)
    place = [row.month, row.region, safe(names[0]), row.organisation, row.centre, safe(names[1])]
    if hides:
        return [*place, "", "", "", "", "true"]
    negative, mean = row.ratings - row.positive, round(row.total / row.ratings, 4)
    return [*place, row.ratings, row.positive, negative, mean, "false"]


def safe(name: str) -> str:
    """A name that a spreadsheet would take for a formula is told to be text (CWE-1236)."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name


def schema() -> dict[str, Any]:
    """A Table Schema (Frictionless Data)."""
    fields = [{"name": name, "type": kind, "description": about} for name, kind, about in COLUMNS]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
        "fields": fields,
        "primaryKey": ["month", "centre"],
        "missingValues": [""],
    }


def catalogue(base: str, *, first: date | None, last: date) -> dict[str, Any]:
    """JSON-LD. `base`: where people reach the gateway; empty: addresses are relative."""
    publisher = {"@type": "foaf:Agent", "foaf:name": "Vizyt"}
    return {
        "@context": DCAT,
        "@id": base + CATALOGUE,
        "@type": "dcat:Catalog",
        "dct:title": _in_languages(
            {"uk": "Відкриті дані Vizyt", "en": "Open data of Vizyt", "pl": "Otwarte dane Vizyt"}
        ),
        "dct:description": _in_languages(ABOUT),
        "dct:publisher": publisher,
        "dct:license": {"@id": LICENCE},
        "dcat:dataset": [_dataset(base, publisher, first=first, last=last)],
    }


def _dataset(base: str, publisher: dict[str, str], *, first: date | None, last: date) -> dict[str, Any]:
    return {
        "@id": f"{base}/open-data/ratings",
        "@type": "dcat:Dataset",
        "dct:identifier": "ratings",
        "dct:title": _in_languages(TITLE),
        "dct:description": _in_languages(ABOUT),
        "dct:publisher": publisher,
        "dct:license": {"@id": LICENCE},
        "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"},
        "dct:modified": {"@value": last.isoformat(), "@type": "xsd:date"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": (first or last).isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": last.isoformat(), "@type": "xsd:date"},
        },
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcat:accessURL": {"@id": base + CSV},
                "dcat:downloadURL": {"@id": base + CSV},
                "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
                "dct:conformsTo": {"@id": base + SCHEMA},
                "dct:license": {"@id": LICENCE},
            }
        ],
    }


def _in_languages(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": value, "@language": language} for language, value in words.items()]

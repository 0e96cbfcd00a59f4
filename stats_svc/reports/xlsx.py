"""A report as a workbook: a sheet per section, numbers as numbers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import xlsxwriter

from stats_svc.reports.domain import Kind, Line, Report, Section
from stats_svc.reports.tables import CHANGES

FORMATS: dict[Kind, str] = {"count": "#,##0", "mean": "0.00", "minutes": "#,##0.0", "share": "0.0%"}
WIDTH, FIRST_WIDTH = 16, 44
SHEET_NAME = 31
"""Longer names are not allowed in workbooks, nor some signs."""
SIGNS = str.maketrans("", "", "[]:*?/\\")


def workbook(report: Report) -> bytes:
    """Tens of milliseconds of work: not for the event loop."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{report.title}, {report.subtitle}"})
    kinds = {kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
    bold = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
    for section in report.sections:
        sheet = book.add_worksheet(section.title.translate(SIGNS)[:SHEET_NAME])
        _fill(sheet, section, report, kinds, bold)
    book.close()
    return stream.getvalue()


def _fill(sheet: Any, section: Section, report: Report, kinds: dict[Kind, Any], bold: Any) -> None:
    sheet.set_column(0, 0, FIRST_WIDTH)
    sheet.set_column(1, len(section.columns), WIDTH)
    sheet.write_string(0, 0, f"{report.title}, {report.subtitle}")
    for place, column in enumerate(section.columns):
        sheet.write_string(2, place, column.title, bold)
    for row, line in enumerate(section.lines, start=3):
        _line(sheet, row, section, line, kinds)
    for row, note in enumerate(report.notes, start=len(section.lines) + 4):
        sheet.write_string(row, 0, note)
    sheet.freeze_panes(3, 1)


def _line(sheet: Any, row: int, section: Section, line: Line, kinds: dict[Kind, Any]) -> None:
    sheet.write_string(row, 0, line.title)
    for place, value in enumerate(line.values, start=1):
        if isinstance(value, str):
            sheet.write_string(row, place, value)
        elif value is not None:
            kind = "minutes" if section.columns[place].title in CHANGES else section.kind(line, place)
            sheet.write_number(row, place, value, kinds[kind])

"""A report on A4, with an embedded typeface for Ukrainian and Polish."""

from __future__ import annotations

from datetime import datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from services import fonts
from stats_svc.reports.domain import Report, Section
from stats_svc.reports.tables import cells

FAMILY, MARGIN = "sans", 15.0
INK, QUIET, HEAD, LINE = (17, 24, 39), (75, 85, 99), (238, 242, 246), (209, 213, 219)


class Pages(FPDF):
    """With the number of the page at its foot."""

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FAMILY, "", 8)
        self.set_text_color(*QUIET)
        self.cell(0, 6, str(self.page_no()), align="C")


def document(report: Report, language: str, *, now: datetime) -> bytes:
    """Tens of milliseconds of work: not for the event loop."""
    pdf = Pages(format="A4")
    pdf.add_font(FAMILY, "", fonts.SANS)
    pdf.add_font(FAMILY, "B", fonts.SANS_BOLD)
    pdf.set_title(f"{report.title}, {report.subtitle}")
    pdf.set_lang(language)
    pdf.set_creation_date(now)
    pdf.set_margin(MARGIN)
    pdf.add_page()
    _words(pdf, report.title, size=18, bold=True)
    _words(pdf, report.subtitle, size=12, quiet=True)
    for section in report.sections:
        _section(pdf, section, language)
    pdf.ln(4)
    for note in report.notes:
        _words(pdf, note, size=8, quiet=True)
    return bytes(pdf.output())


def _words(pdf: FPDF, words: str, *, size: float, bold: bool = False, quiet: bool = False) -> None:
    pdf.set_font(FAMILY, "B" if bold else "", size)
    pdf.set_text_color(*(QUIET if quiet else INK))
    pdf.multi_cell(0, size * 0.5, words, new_x="LMARGIN", new_y="NEXT")


def _section(pdf: FPDF, section: Section, language: str) -> None:
    pdf.ln(5)
    if pdf.will_page_break(30):
        pdf.add_page()
    _words(pdf, section.title, size=12, bold=True)
    pdf.ln(1)
    pdf.set_font(FAMILY, "", 8.5)
    pdf.set_text_color(*INK)
    pdf.set_draw_color(*LINE)
    rest = len(section.columns) - 1
    with pdf.table(
        col_widths=(6 if rest < 4 else 4, *(max(1.8, 6 / rest) for _ in range(rest))),
        text_align=("LEFT", *("RIGHT" for _ in range(rest))),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", fill_color=HEAD),
        line_height=5,
    ) as table:
        table.row([column.title for column in section.columns])
        for line in section.lines:
            table.row([line.title, *cells(section, line, language)])

"""A report as a page of its own: no script, no address of anybody else, printable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape

from stats_svc.reports.domain import Line, Report, Section
from stats_svc.reports.tables import cells

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111827;background:#fff}
h1{font-size:1.7rem;margin-bottom:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{color:#374151}
div{overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{padding:.35rem .6rem;border-bottom:1px solid #d1d5db}
th{text-align:left;font-weight:600}tbody th{font-weight:400}
thead th{border-bottom:2px solid #111827}td,thead th+th{text-align:right}
td{font-variant-numeric:tabular-nums;white-space:nowrap}
@media print{body{margin:0;font-size:11pt}h2{break-after:avoid}tr{break-inside:avoid}}
"""
POLICY = (
    "default-src 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'"
)


def page(report: Report, language: str) -> bytes:
    return "".join(_page(report, language)).encode()


def _page(report: Report, language: str) -> Iterator[str]:
    title = f"{report.title}, {report.subtitle}"
    yield f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
    yield f"<h1>{escape(report.title)}</h1><p>{escape(report.subtitle)}</p>"
    for section in report.sections:
        yield from _section(section, language)
    yield from (f"<p><small>{escape(note)}</small></p>" for note in report.notes)
    yield "</main></body></html>"


def _section(section: Section, language: str) -> Iterator[str]:
    yield f'<h2>{escape(section.title)}</h2><div tabindex="0"><table><thead><tr>'
    yield from (f'<th scope="col">{escape(column.title)}</th>' for column in section.columns)
    yield "</tr></thead><tbody>"
    yield from (_row(section, line, language) for line in section.lines)
    yield "</tbody></table></div>"


def _row(section: Section, line: Line, language: str) -> str:
    values = "".join(f"<td>{escape(value)}</td>" for value in cells(section, line, language))
    return f'<tr><th scope="row">{escape(line.title.strip())}</th>{values}</tr>'

"""The sheet that hangs at a desk: A4, the code, and what to do with it in pictures and words, Ukrainian and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from fpdf import FPDF

from feedback_svc.places.domain import Place
from feedback_svc.places.pictures import matrix
from feedback_svc.places.schemas import address_of
from services import fonts

WIDTH, MARGIN, CODE_SIZE = 210.0, 15.0, 95.0
INK, QUIET, ACCENT = (17, 24, 39), (75, 85, 99), (11, 87, 208)
FAMILY = "sans"
Draw = Callable[[FPDF, float, float], None]


def sheets(places: Iterable[Place], public_url: str | None, *, now: datetime) -> bytes:
    """A page for each desk. Milliseconds of work each: not for the event loop."""
    pdf = FPDF(format="A4")
    pdf.add_font(FAMILY, "", fonts.SANS)
    pdf.add_font(FAMILY, "B", fonts.SANS_BOLD)
    pdf.set_title("Оцініть обслуговування")
    pdf.set_lang("uk")
    pdf.set_creation_date(now)
    pdf.set_auto_page_break(False)
    for place in places:
        _page(pdf, place, public_url)
    return bytes(pdf.output())


def _page(pdf: FPDF, place: Place, public_url: str | None) -> None:
    assert place.code is not None, "handlers give only desks with a code"
    pdf.add_page()
    _line(pdf, 16, "Оцініть обслуговування", size=30, bold=True)
    _line(pdf, 29, "Rate the service you were given", size=15, colour=QUIET)
    _line(pdf, 43, place.name["uk"], size=15, bold=True)
    _line(pdf, 51, place.name["en"], size=11, colour=QUIET)
    _line(pdf, 60, f"Робоче місце № {place.desk_number} · Desk {place.desk_number}", size=15)
    url = address_of(place.code, public_url)
    _code(pdf, url, (WIDTH - CODE_SIZE) / 2, 74)
    _line(pdf, 173, url, size=8, colour=QUIET)
    for at, (draw, ukrainian, english) in enumerate(STEPS):
        _step(pdf, at, draw, ukrainian, english)
    _line(pdf, 262, "Анонімно. Контакт потрібен лише тим, хто хоче отримати відповідь.", size=11)
    _line(pdf, 268, "Anonymous. Leave a contact only if you want an answer.", size=9, colour=QUIET)
    _line(pdf, 276, "Після сканування є 10 хвилин; потім відскануйте код ще раз.", size=11)
    _line(pdf, 282, "You have 10 minutes; after that, scan the code again.", size=9, colour=QUIET)


def _line(pdf: FPDF, y: float, words: str, *, size: float, bold: bool = False, colour: Sequence[int] = INK) -> None:
    """Across the page, as small as it has to be."""
    pdf.set_text_color(*colour)
    pdf.set_font(FAMILY, "B" if bold else "", size)
    while pdf.get_string_width(words) > WIDTH - 2 * MARGIN:
        size -= 0.5
        pdf.set_font_size(size)
    pdf.set_xy(MARGIN, y)
    pdf.cell(WIDTH - 2 * MARGIN, size / 2, words, align="C")


def _code(pdf: FPDF, url: str, left: float, top: float) -> None:
    """Drawn, not an image: sharp at any size."""
    rows = matrix(url)
    dot = CODE_SIZE / len(rows)
    pdf.set_fill_color(*INK)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                pdf.rect(left + x * dot, top + y * dot, dot * 1.02, dot * 1.02, style="F")


def _step(pdf: FPDF, at: int, draw: Draw, ukrainian: str, english: str) -> None:
    width = (WIDTH - 2 * MARGIN) / len(STEPS)
    left = MARGIN + at * width
    pdf.set_draw_color(*ACCENT)
    pdf.set_fill_color(*ACCENT)
    pdf.set_line_width(0.9)
    draw(pdf, left + width / 2, 197)
    pdf.set_text_color(*INK)
    pdf.set_font(FAMILY, "B", 11)
    pdf.set_xy(left + 3, 216)
    pdf.multi_cell(width - 6, 5.2, f"{at + 1}. {ukrainian}", align="C", new_x="LEFT", new_y="NEXT")
    pdf.set_text_color(*QUIET)
    pdf.set_font(FAMILY, "", 9)
    pdf.multi_cell(width - 6, 4.4, english, align="C")


def _phone(pdf: FPDF, x: float, y: float) -> None:
    """A phone that looks at a code."""
    pdf.rect(x - 9, y - 15, 18, 30, style="D", round_corners=True, corner_radius=2.5)
    for dx, dy in ((-5, -8), (1.5, -8), (-5, -1.5)):
        pdf.rect(x + dx, y + dy, 3.5, 3.5, style="D")
    for dx, dy in ((1.5, -1.5), (3.4, 0.4), (1.5, 2.0)):
        pdf.rect(x + dx, y + dy, 1.5, 1.5, style="F")
    pdf.line(x - 2.5, y + 11.5, x + 2.5, y + 11.5)


def _faces(pdf: FPDF, x: float, y: float) -> None:
    """Five questions, each with an answer."""
    for row in range(5):
        top = y - 14 + row * 6.2
        pdf.line(x - 15, top + 2.2, x - 1, top + 2.2)
        for dot in range(4):
            filled = dot == (0, 1, 0, 1, 0)[row]
            pdf.circle(x + 3.5 + dot * 4.2, top + 2.2, 1.5, style="DF" if filled else "D")


def _plane(pdf: FPDF, x: float, y: float) -> None:
    """The button that sends, a paper plane on it."""
    pdf.rect(x - 19, y - 8, 38, 17, style="D", round_corners=True, corner_radius=3)
    pdf.polygon([(x - 7, y - 4), (x + 9, y + 0.5), (x - 7, y + 5), (x - 4, y + 0.5)], style="D")
    pdf.line(x - 4, y + 0.5, x + 9, y + 0.5)


STEPS: tuple[tuple[Draw, str, str], ...] = (
    (_phone, "Наведіть камеру телефона на код", "Point your phone's camera at the code"),
    (_faces, "Дайте відповідь на 5 запитань: менш ніж хвилина", "Answer 5 questions: less than a minute"),
    (_plane, "Натисніть «Надіслати повідомлення»", "Press “Send the message”: nothing is recorded without it"),
)

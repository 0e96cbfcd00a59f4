"""The demo's ratings of 2025, one by one: invented answers, so many per region as there were (domain.md §3).

The same lines each time. Real are the numbers of a region's ratings; the share of negative ones is the country's in the
first half of 2024. Which day, desk and answer each has is a demo choice: open days of the centres (Tuesday to Saturday,
9 to 17), more of them in summer than in January.
"""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

RATINGS: Mapping[str, int] = {"hsc-5641": 9_459, "hsc-0741": 7_546, "hsc-1841": 6_592}
"""Per centre, which stands for its region: Rivne, Volyn, Zhytomyr."""
NEGATIVE = 3_520 / 176_913
DESKS = (1, 2, 3, 4)
QUESTIONS = ("premises", "services", "staff", "process", "overall")
CHANNELS = ("qr", "qr", "qr", "qr", "qr", "qr", "qr", "link", "telegram", "hotline")
ZONE = ZoneInfo("Europe/Kyiv")
OPENS_MINUTES, OPEN_MINUTES = 9 * 60, 8 * 60
MONTH_WEIGHTS = (6, 8, 9, 10, 10, 11, 12, 12, 11, 10, 9, 8)
WEEKDAYS = {1: 9, 2: 10, 3: 10, 4: 11, 5: 8}
"""Tuesday to Saturday."""


def lines(before: datetime) -> Iterator[str]:
    """Lines for the import (api.md, feedback/import), of ratings given before that moment."""
    number = 0
    for centre, wanted in RATINGS.items():
        chance = random.Random(f"2025 {centre}")  # noqa: S311 (invents, guards nothing)
        for day, ratings in spread(wanted).items():
            for minute in sorted(chance.randrange(OPEN_MINUTES * 60) for _ in range(ratings)):
                number += 1
                moment = at(day, minute)
                line = _line(number, centre, moment, chance)
                if moment < before:
                    yield line


def spread(wanted: int) -> dict[date, int]:
    """How many on each open day: by its weight, and so many in all."""
    days = [day for day in year() if day.weekday() in WEEKDAYS]
    weights = [MONTH_WEIGHTS[day.month - 1] * WEEKDAYS[day.weekday()] for day in days]
    total = sum(weights)
    sums = [0, *(wanted * part // total for part in accumulate(weights))]
    return {day: sums[place + 1] - sums[place] for place, day in enumerate(days)}


def year() -> Iterator[date]:
    day = date(2025, 1, 1)
    while day.year == 2025:
        yield day
        day += timedelta(days=1)


def at(day: date, second: int) -> datetime:
    """So many seconds after opening, local time."""
    opening = datetime.combine(day, time(OPENS_MINUTES // 60), ZONE)
    return opening + timedelta(seconds=second)


def _line(number: int, centre: str, moment: datetime, chance: random.Random) -> str:
    overall = _overall(chance)
    answers = {name: _like(overall, chance) for name in QUESTIONS} | {"overall": overall}
    fields = {
        "external_id": f"demo-2025-{number:05}",
        "desk": f"{centre}-{DESKS[chance.randrange(len(DESKS))]}",
        "submitted_at": moment.isoformat(),
        "answers": answers,
        "channel": CHANNELS[chance.randrange(len(CHANNELS))],
    }
    return json.dumps(fields) + "\n"


def _overall(chance: random.Random) -> int:
    if chance.random() < NEGATIVE:
        return 1 if chance.random() < 0.4 else 2
    return 4 if chance.random() < 0.8 else 3


def _like(overall: int, chance: random.Random) -> int:
    """Most visitors answer one question like another."""
    step = chance.random()
    return overall if step < 0.8 else max(1, overall - 1) if step < 0.93 else min(4, overall + 1)

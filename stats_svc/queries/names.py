"""What the keys of figures are called."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from stats_svc.domain import Group

Text = Mapping[str, str]
DESK = {"uk": "Робоче місце {number}", "en": "Desk {number}", "pl": "Stanowisko {number}"}
QUESTIONS: Mapping[str, Text] = {
    "premises": {"uk": "Приміщення", "en": "Premises", "pl": "Pomieszczenia"},
    "services": {"uk": "Перелік послуг", "en": "List of services", "pl": "Lista usług"},
    "staff": {"uk": "Персонал", "en": "Staff", "pl": "Personel"},
    "process": {"uk": "Процес обслуговування", "en": "The process", "pl": "Przebieg obsługi"},
    "overall": {"uk": "Обслуговування загалом", "en": "The service as a whole", "pl": "Obsługa ogółem"},
}
CHANNELS: Mapping[str, Text] = {
    "online": {"uk": "Онлайн", "en": "Online", "pl": "Online"},
    "terminal": {"uk": "Термінал", "en": "Terminal", "pl": "Terminal"},
    "operator": {"uk": "Адміністратор", "en": "Administrator", "pl": "Administrator"},
    "qr": {"uk": "QR-код", "en": "QR code", "pl": "Kod QR"},
    "link": {"uk": "Посилання після візиту", "en": "Link after the visit", "pl": "Link po wizycie"},
    "telegram": {"uk": "Telegram", "en": "Telegram", "pl": "Telegram"},
    "hotline": {"uk": "Гаряча лінія", "en": "Hotline", "pl": "Infolinia"},
    "social": {"uk": "Соціальні мережі", "en": "Social networks", "pl": "Media społecznościowe"},
    "booking": {"uk": "Після запису", "en": "After booking", "pl": "Po rezerwacji"},
}
STATEMENTS: Mapping[Group, str] = {
    Group.REGION: """
        SELECT DISTINCT ON (region) region AS code, region_name AS name FROM centre
        WHERE region = ANY (:keys) AND region_name IS NOT NULL ORDER BY region, version DESC
    """,
    Group.ORGANISATION: "SELECT code, name FROM organisation WHERE code = ANY (:keys)",
    Group.CENTRE: "SELECT code, name FROM centre WHERE code = ANY (:keys)",
    Group.SERVICE: "SELECT code, name FROM service WHERE code = ANY (:keys)",
}


async def names(session: AsyncSession, group: Group, keys: Collection[str]) -> dict[str, Text]:
    """In the three languages, by key; a key that has no name stands for itself and is left out."""
    if group in STATEMENTS:
        rows = await session.execute(text(STATEMENTS[group]), {"keys": sorted(keys)})
        return {row.code: row.name for row in rows if row.name}
    if group is Group.DESK:
        statement = text("SELECT code, number FROM desk WHERE code = ANY (:keys)")
        rows = await session.execute(statement, {"keys": sorted(keys)})
        return {row.code: {tongue: words.format(number=row.number) for tongue, words in DESK.items()} for row in rows}
    known = {Group.QUESTION: QUESTIONS, Group.CHANNEL: CHANNELS}.get(group, {})
    return {name: known[name] for name in keys if name in known}


async def organisation_of(session: AsyncSession, centre: str) -> str | None:
    """Whose centre it is; None: nobody has told of it."""
    statement = text("SELECT organisation FROM centre WHERE code = :centre")
    owner: str | None = await session.scalar(statement, {"centre": centre})
    return owner


async def known(session: AsyncSession, organisation: str) -> bool:
    """Whether anybody has told of it, or of something that happened there."""
    statement = text(
        "SELECT EXISTS (SELECT FROM organisation WHERE code = :code)"
        " OR EXISTS (SELECT FROM centre WHERE organisation = :code)"
    )
    return bool(await session.scalar(statement, {"code": organisation}))


async def revision(session: AsyncSession) -> int:
    """Grows with every change of any figure or name."""
    return int(await session.scalar(text("SELECT n FROM revision")) or 0)

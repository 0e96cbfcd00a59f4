"""`./vizyt import FILE`: one document checked here, sent to the admin API, its complaints shown with their lines."""

from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from services.contracts.catalogue import ImportDocument
from services.local import marked, target
from services.local.applying import wait_until_applied
from services.local.home import Home
from services.local.marked import Marked
from services.local.trouble import Trouble

SHOWN_ERRORS = 50


async def load_file(file: Path, home: Home) -> str:
    """Loads a file into the run and says what came of it."""
    async with target.client(target.url(home), home) as client:
        answer = await load(file, client)
    return f"loaded {file}: " + "; ".join(filter(None, (_told(*part) for part in answer.items())))


class Refused(Trouble):
    """The document was not taken; nothing was changed."""


async def load(file: Path, client: httpx.AsyncClient) -> dict[str, Any]:
    """Loads the file and returns the answer, when all of it is in force. Raises `Refused`."""
    source = marked.read(file)
    document = check(source)
    answer = await _send(source, document, client)
    await wait_until_applied(document, client)
    return answer


def check(source: Marked) -> ImportDocument:
    """The document if its shape is right. Raises `Refused` with every error."""
    try:
        return ImportDocument.model_validate(source.content if source.content is not None else {})
    except ValidationError as invalid:
        raise Refused(_listed(source, [(error["loc"], error["msg"]) for error in invalid.errors()])) from None


async def _send(source: Marked, document: ImportDocument, client: httpx.AsyncClient) -> dict[str, Any]:
    body = document.model_dump_json(exclude_unset=True)
    try:
        response = await client.post("/api/v1/admin/import", content=body, headers={"Content-Type": "application/json"})
    except httpx.HTTPError as error:
        raise Trouble(f"{client.base_url} does not answer ({type(error).__name__}): is it running?") from None
    answer = _json(response)
    if response.is_success:
        return answer
    errors = [(marked.parse_field(error["field"]), error["reason"]) for error in answer.get("errors", [])]
    raise Refused(_listed(source, errors) if errors else _problem(response, answer))


def _told(section: str, counts: Any) -> str:
    """`centres 2 created, 4 unchanged`; nothing of a section that the document does not name."""
    if not isinstance(counts, dict):
        return f"{section} {counts}"
    named = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{section} {named}" if named else ""


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _problem(response: httpx.Response, answer: dict[str, Any]) -> str:
    words = answer.get("detail") or answer.get("title") or response.reason_phrase
    return f"not loaded: {response.status_code} {answer.get('code', '')}: {words}"


def _listed(source: Marked, errors: list[tuple[marked.Trail, str]]) -> str:
    lines = [f"{source.where(path)}: {marked.dotted(path)}: {reason}" for path, reason in errors[:SHOWN_ERRORS]]
    if len(errors) > SHOWN_ERRORS:
        lines.append(f"… and {len(errors) - SHOWN_ERRORS} more")
    return "\n".join(("not loaded, nothing was changed:", *lines))

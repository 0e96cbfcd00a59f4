"""Golden JSON schemas: one file per event in `schemas/`, kept in git, so that every change of an event is seen.

`python -m services.contracts.golden` (or `make schemas`) writes them anew; a test compares.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from services.contracts import Event

FOLDER = Path(__file__).parent / "schemas"
MODULES = ("booking", "catalogue", "centres", "feedback", "places", "quota", "visits")


def events() -> list[type[Event]]:
    """Every event there is, by subject."""
    for name in MODULES:
        import_module(f"services.contracts.{name}")
    ours = (kind for kind in _descendants(Event) if kind.__module__.startswith(__package__ or ""))
    found = {kind.subject: kind for kind in ours if hasattr(kind, "subject")}
    return [found[subject] for subject in sorted(found)]


def _descendants(kind: type[Event]) -> list[type[Event]]:
    return [item for child in kind.__subclasses__() for item in (child, *_descendants(child))]


def schema(event: type[Event]) -> str:
    return json.dumps(event.model_json_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def asyncapi() -> dict[str, Any]:
    """All events as an AsyncAPI 3.0 document. Messages travel as CloudEvents 1.0 JSON batches."""
    kinds = events()
    channels = {
        kind.subject: {
            "address": kind.subject,
            "messages": {"event": {"$ref": f"#/components/messages/{kind.subject}"}},
        }
        for kind in kinds
    }
    messages = {
        kind.subject: {
            "contentType": "application/cloudevents-batch+json",
            "summary": (kind.__doc__ or kind.__name__).strip().split("\n")[0],
            "payload": kind.model_json_schema(),
        }
        for kind in kinds
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Vizyt", "version": "1"},
        "channels": channels,
        "components": {"messages": messages},
    }


def write() -> None:
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for event in events():
        (FOLDER / f"{event.subject}.json").write_text(schema(event), encoding="utf-8")


if __name__ == "__main__":
    write()

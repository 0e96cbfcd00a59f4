"""YAML and JSON read with the line of every value, so that an error can say where it is."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.local.trouble import Trouble

Trail = tuple[str | int, ...]
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class Unreadable(Trouble):
    """The file cannot be read, or is not YAML or JSON."""


@dataclass(frozen=True)
class Marked:
    """A document's content, and the line of every part of it."""

    file: Path
    content: Any
    lines: dict[Trail, int]

    def where(self, path: Trail) -> str:
        """`file:line` of that part, or of the nearest part around it: what is missing has no line."""
        for length in range(len(path), -1, -1):
            if line := self.lines.get(path[:length]):
                return f"{self.file}:{line}"
        return str(self.file)


def read(file: Path) -> Marked:
    """Reads YAML, or JSON when the name ends so. Raises `Unreadable`."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}: {error}") from None
    if file.suffix.lower() == ".json":
        return _read_json(file, text)
    return _read_yaml(file, text)


def parse_field(field: str) -> Trail:
    """`centres[3].queues[0].capacity` as a path."""
    return tuple(int(index) if index else name for name, index in PART.findall(field))


def dotted(path: Trail) -> str:
    """The path as it is written in answers: `centres[3].queues[0].capacity`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def _read_yaml(file: Path, text: str) -> Marked:
    loader = LOADER(text)
    try:
        node = loader.get_single_node()
        lines = _lines(file, node)
        return Marked(file, loader.construct_document(node) if node else None, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise Unreadable(f"{file}{line}: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(f"{file}: {error}") from None
    finally:
        loader.dispose()


def _read_json(file: Path, text: str) -> Marked:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{file}:{error.lineno}: {error.msg}") from None
    try:  # nearly all JSON is YAML, which tells the lines
        lines = _lines(file, yaml.compose(text, Loader=LOADER))
    except yaml.YAMLError:
        lines = {}
    return Marked(file, content, lines)


def _lines(file: Path, node: yaml.Node | None) -> dict[Trail, int]:
    return dict(_walk(file, node, ())) if node else {}


def _walk(file: Path, node: yaml.Node, path: Trail) -> Iterator[tuple[Trail, int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(file, item, (*path, index))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            _check_once(file, key, seen)
            yield from _walk(file, value, (*path, key.value))
            yield (*path, key.value), key.start_mark.line + 1


def _check_once(file: Path, key: yaml.Node, seen: set[str]) -> None:
    """YAML readers take the last of two equal keys and lose the first in silence."""
    if not isinstance(key, yaml.ScalarNode):
        raise Unreadable(f"{file}:{key.start_mark.line + 1}: a key must be a plain word")
    if key.value in seen:
        raise Unreadable(f"{file}:{key.start_mark.line + 1}: {key.value!r} stands here twice")
    seen.add(key.value)

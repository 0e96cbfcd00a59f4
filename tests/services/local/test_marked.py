"""YAML and JSON with the line of every value."""

from pathlib import Path

import pytest

from services.local import marked
from services.local.marked import Unreadable

YAML = """\
centres:
  - id: one

  - id: two
    queues:
      - code: main
        capacity: 0
"""


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_every_value_has_its_line(tmp_path: Path) -> None:
    """As an answer of the server names it."""
    source = marked.read(written(tmp_path, "city.yaml", YAML))
    assert source.where(marked.parse_field("centres[1].queues[0].capacity")) == f"{source.file}:7"
    assert source.where(("centres", 0, "id")) == f"{source.file}:2"


def test_what_is_missing_is_told_with_the_line_of_what_it_is_missing_from(tmp_path: Path) -> None:
    """There is no better one."""
    source = marked.read(written(tmp_path, "city.yaml", YAML))
    assert source.where(("centres", 1, "name", "uk")) == f"{source.file}:4"


def test_json_has_lines_too(tmp_path: Path) -> None:
    """The same document in the other notation."""
    source = marked.read(written(tmp_path, "city.json", '{\n "centres": [\n  {"id": "one"},\n  {"id": "two"}\n ]\n}'))
    assert source.content == {"centres": [{"id": "one"}, {"id": "two"}]}
    assert source.where(("centres", 1, "id")) == f"{source.file}:4"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.yaml", "centres:\n  - id: one\n    - x\n", ":3"),
        ("a.yaml", "centres: []\nservices: []\ncentres: []\n", ":3"),
        ("a.yaml", "{a: 1}: 2\n", ":1"),
        ("a.json", '{\n "centres": [,]\n}', ":2"),
        ("a.yaml", "a: !!python/object:os.system x\n", ":1"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, name: str, text: str, line: str) -> None:
    """Two equal keys included, of which a YAML reader would lose the first."""
    file = written(tmp_path, name, text)
    with pytest.raises(Unreadable) as refused:
        marked.read(file)
    assert str(refused.value).startswith(f"{file}{line}")


def test_a_path_is_written_as_answers_write_it() -> None:
    """There and back."""
    field = "centres[3].queues[0].capacity"
    assert marked.dotted(marked.parse_field(field)) == field

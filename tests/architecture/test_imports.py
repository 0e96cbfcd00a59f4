"""The import law: services are strangers to each other, the chassis knows none of them, rules know nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture.tree import PACKAGES, ROOT, imports, module, sources

DOMAINS = [path for path in sources() if path.name == "domain.py" or path.parent.name == "domain"]


def foreign(path: Path) -> set[str]:
    """What a file imports besides the standard library: the modules named in `from` and `import`."""
    found = set()
    for name in imports(path):
        root = name.partition(".")[0]
        if root not in sys.stdlib_module_names and root != "__future__":
            found.add(name)
    return found


def test_the_import_contracts_are_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """import-linter with the contracts of `.importlinter`, as `make check` runs it."""
    monkeypatch.chdir(ROOT)
    code = lint_imports(config_filename=".importlinter", no_cache=True)
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", DOMAINS, ids=[module(path) for path in DOMAINS])
def test_rules_import_only_the_standard_library_and_each_other(path: Path) -> None:
    """A rule can be read, tested and moved without any framework."""
    package = module(path).partition(".")[0]
    allowed = ("services.errors", *(module(other) for other in DOMAINS if module(other).startswith(package)))
    parents = {name.rpartition(".")[0] for name in allowed}
    strangers = {
        name for name in foreign(path) if not name.startswith(allowed) and not (name in parents and name.count("."))
    }
    assert strangers - {package, "services"} == set()


def test_there_are_rules_to_check() -> None:
    """The glob above finds every service's domain."""
    assert {module(path).partition(".")[0] for path in DOMAINS} == {
        "booking_svc",
        "quota_svc",
        "feedback_svc",
        "stats_svc",
        "telegram_bot",
    }


def test_errors_import_only_the_standard_library() -> None:
    """So that rules may raise them."""
    assert foreign(ROOT / "services/errors.py") == set()


@pytest.mark.parametrize("path", [path for path in sources() if "contracts" in path.parts], ids=module)
def test_contracts_import_only_pydantic(path: Path) -> None:
    """What crosses a border stands on nothing but the standard library and pydantic."""
    strangers = {name for name in foreign(path) if not name.startswith(("pydantic", "services.contracts"))}
    assert strangers == set()


def test_only_one_file_speaks_acknowledgements() -> None:
    """Done, later or never is decided in one place: nobody else acks, naks or terms a message."""
    speaking = {
        module(path)
        for path in sources()
        if any(word in path.read_text(encoding="utf-8") for word in (".ack()", ".nak(", ".term()"))
    }
    assert speaking == {"services.consumer"}


def test_nobody_asks_the_database_or_the_system_for_the_time_of_a_rule() -> None:
    """Time comes from the injected clock: no now() in SQL, no datetime.now() outside the clock."""
    asking = {
        f"{module(path)}: {word}"
        for path in sources()
        if module(path) not in ("services.clock",) and not module(path).startswith("services.local")
        for word in ("datetime.now(", "datetime.utcnow(", "date.today(", "now()", "CURRENT_TIMESTAMP", "CURRENT_DATE")
        if word in path.read_text(encoding="utf-8").replace("clock.now()", "").replace("def now()", "")
    }
    assert asking == set()


def test_every_package_says_what_it_owns() -> None:
    """One sentence in its `__init__.py`."""
    for package in PACKAGES:
        first = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
        assert first.startswith('"""'), package

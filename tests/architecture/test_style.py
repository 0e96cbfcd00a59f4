"""The measures of the style: short files and functions, telling names, sentences on tests, nothing of our machines."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import pytest

from tests.architecture.tree import ROOT, files, module, sources, tree

MAX_FILE, MAX_FUNCTION, MAX_PARAMETERS = 400, 60, 5
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "base_repository"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, Function)]


def lines(node: ast.AST) -> int:
    assert isinstance(node, Function)
    assert node.end_lineno
    return node.end_lineno - node.lineno + 1


def test_no_file_is_too_long() -> None:
    """At 400 lines a file is split."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources()
        if (count := len(path.read_text().splitlines())) > MAX_FILE
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    """No function over 60 lines, half of them at most 10."""
    sizes = {f"{module(path)}.{node.name}": lines(node) for path in sources() for node in functions(path)}
    assert {name: size for name, size in sizes.items() if size > MAX_FUNCTION} == {}
    assert median(sizes.values()) <= 10


def test_no_function_takes_too_many_positional_arguments() -> None:
    """At most five parameters by position; what is more goes by name."""
    many = {
        f"{module(path)}.{node.name}": len(node.args.args) + len(node.args.posonlyargs)
        for path in sources()
        if "migrations" not in path.parts
        for node in functions(path)
        if len(node.args.args) + len(node.args.posonlyargs) > MAX_PARAMETERS + 1 and not _is_route(node)
    }
    assert many == {}


def _is_route(node: Function) -> bool:
    """FastAPI calls routes by name; their parameters are the request's parts."""
    return any(isinstance(decorator, ast.Call) for decorator in node.decorator_list)


def test_no_module_has_a_name_that_says_nothing() -> None:
    """`utils` is where things go that nobody thought about."""
    named = {module(path) for path in sources(tests=True)}
    assert {name for name in named if FORBIDDEN_NAMES & set(name.split("."))} == set()


def test_every_module_says_what_it_is_for() -> None:
    """A docstring at its top, but for empty packages, `env.py` of migrations."""
    silent = {
        module(path)
        for path in sources()
        if path.read_text().strip() and path.name != "env.py" and not ast.get_docstring(tree(path))
    }
    assert silent == set()


TESTS = [path for path in sources(tests=True) if path.name.startswith("test_")]


@pytest.mark.parametrize("path", TESTS, ids=module)
def test_every_test_says_its_rule(path: Path) -> None:
    """Each test function states in a sentence what holds: in its docstring or, where that says all, in its name."""
    mute = [
        node.name
        for node in functions(path)
        if node.name.startswith("test_") and not ast.get_docstring(node) and len(node.name.split("_")) < 5
    ]
    assert mute == []


def test_nothing_is_mocked() -> None:
    """Real PostgreSQL, real NATS, our own code."""
    mocking = {
        module(path)
        for path in sources(tests=True)
        if re.search(r"^\s*(from unittest|import unittest|from mock|import mock)", path.read_text(), re.MULTILINE)
    }
    assert mocking == set()


def test_there_are_as_many_lines_of_tests_as_of_code() -> None:
    """Within a fifth."""
    code = sum(len(path.read_text().splitlines()) for path in sources())
    tests = sum(len(path.read_text().splitlines()) for path in sources(tests=True)) - code
    assert tests >= 0.8 * code


TEXTS = [path for path in files() if path.suffix not in {".png", ".ico", ".woff2", ".pdf"} and path.name != "uv.lock"]
PLACES = re.compile("/(" + "|".join(["ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk"]) + r")/\w")
HOSTS = re.compile(
    r"\b(" + "|".join(["py" + r"pi\.", "python" + "hosted", "arti" + "factory", "extra-" + "index"]) + ")"
)


def test_no_path_of_anybodys_machine_is_in_the_tree() -> None:
    """No home folder, no working folder."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEXTS
        if (match := PLACES.search(path.read_text(errors="replace")))
    ]
    assert found == []


def test_no_package_registry_is_named_in_the_tree() -> None:
    """Where packages come from is the installer's setting."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEXTS
        if (match := HOSTS.search(path.read_text(errors="replace")))
    ]
    assert found == []


def test_the_lock_file_names_the_public_registry_only() -> None:
    """No mirror of anybody's."""
    lock = (ROOT / "uv.lock").read_text()
    assert set(re.findall(r'registry = "([^"]+)"', lock)) == {"https://py" + "pi.org/simple"}
    assert set(re.findall(r'url = "https://([^/"]+)/', lock)) <= {"files.python" + "hosted.org"}

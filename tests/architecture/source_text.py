"""The project's own text as data: its files, its parsed modules, and what each rule finds in one.

Knows no rule's reason; the tests beside it say why.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("services", "shared", "simulation", "deploy", "tests")
NOT_OURS = {".git", ".venv", ".mesh", "out", "__pycache__", ".hypothesis"}

# References are found, not only calls: `default_factory=uuid4` asks the machine just as well.
BANNED_NAMES = {
    "builtins.print",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}
BANNED_IN_TESTS = {
    "pytest.importorskip",
    "pytest.mark.skip",
    "pytest.mark.skipif",
    "pytest.mark.xfail",
    "pytest.skip",
    "pytest.xfail",
    "unittest.mock",
    "unittest.skip",
}


@dataclass(frozen=True)
class Source:
    """One Python module: its path from the root, its text and, once asked for, its parsed tree."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The text, parsed."""
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree; walked once, for many rules ask for it."""
        return tuple(ast.walk(self.tree))

    @property
    def is_test(self) -> bool:
        """Whether the module belongs to the test suite."""
        return self.path.startswith("tests/")


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file of the checkout that is ours, sorted; caches and installations are not."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in NOT_OURS and not f.endswith("_cache")]
        # In a second working tree .git is a file, not a folder; it is no more ours for that.
        found += [Path(folder, file) for file in files if file not in NOT_OURS]
    return tuple(sorted(found))


@cache
def sources() -> tuple[Source, ...]:
    """Return every Python module of the project; each is parsed once, if a rule asks for it."""
    return tuple(
        Source(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in project_files()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PACKAGES
    )


def listed(found: Iterable[object]) -> str:
    """Return findings one a line, for the message of a failed test: all of them, not the first."""
    return "\n" + "\n".join(str(finding) for finding in found)


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Walk every function and method, nested ones included."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported_modules(source: Source) -> Iterator[tuple[int, str]]:
    """Walk (line, dotted module) of every import; `from a import b` gives a.b, for b may be one."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _aliases(source: Source) -> dict[str, str]:
    known = {"print": "builtins.print"}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                head = alias.name.partition(".")[0]
                known[alias.asname or head] = alias.name if alias.asname else head
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return known


def _dotted(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value, known)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def references(source: Source, banned: Iterable[str]) -> list[str]:
    """Return `path:line name` of each use of a banned full name, however it was imported."""
    known, banned = _aliases(source), set(banned)
    used = [
        (node.lineno, name)
        for node in source.nodes
        if isinstance(node, ast.Name | ast.Attribute) and (name := _dotted(node, known)) in banned
    ]
    brought = [(line, name) for line, name in imported_modules(source) if name in banned]
    from_inside = [
        (line, name) for line, name in imported_modules(source) if name.rpartition(".")[0] in banned
    ]
    return [
        f"{source.path}:{line} {name}" for line, name in sorted({*used, *brought, *from_inside})
    ]


def floats_for_money(source: Source) -> list[str]:
    """Return the places where a name that ends in _yen meets float, or `float(amount_yen)`."""
    found = []
    for node in source.nodes:
        match node:
            case ast.AnnAssign(target=target, annotation=kind):
                name = getattr(target, "id", getattr(target, "attr", ""))
            case ast.arg(arg=name, annotation=ast.expr() as kind):
                pass
            case ast.Call(func=ast.Name(id="float") as kind, args=[argument]):
                name = getattr(argument, "id", getattr(argument, "attr", ""))
            case _:
                continue
        if name.endswith("_yen") and re.search(r"\bfloat\b", ast.unparse(kind)):
            found.append(f"{source.path}:{node.lineno} {name}")
    return found


def can_fail(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a test asserts: itself, by pytest.raises, or by a function named for it."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if re.match(r"(assert|expect|raises|warns|fail)(_|$)", name):
                return True
    return False

"""The layout in ARCHITECTURE.md is the layout of the code: each row's imports are held."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ecs_tutorial"
ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| (?P<never>[^|]+) \|$", re.MULTILINE)
EVERYTHING = "everything"
STDLIB_ONLY = "all but the standard library"


def rows():
    """The table's rows: a path below the package and what it never imports."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return [
        (match["path"].removeprefix("ecs_tutorial/"), match["never"].strip())
        for match in ROW.finditer(text)
        if match["path"].startswith("ecs_tutorial/")
    ]


def modules(path):
    """The files of a row: a module, or all below a folder."""
    target = PACKAGE / path
    return sorted(target.rglob("*.py")) if path.endswith("/") else [target]


def imported(module):
    """Every name that a file imports at run time, as absolute dotted names."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not type_checking_only(node, parents):
            yield from names(node, module)


def type_checking_only(node, parents):
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return True
    return False


def names(node, module):
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = absolute(node, module)
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def absolute(node, module):
    if not node.level:
        return node.module or ""
    package = module.relative_to(ROOT).with_suffix("").parts[: -node.level]
    return ".".join((*package, *([node.module] if node.module else [])))


def forbidden(name, never):
    """Whether importing ``name`` breaks what a row says."""
    parts = name.split(".")
    if never == EVERYTHING:
        return parts[0] == "ecs_tutorial"
    if never == STDLIB_ONLY:
        import sys

        return parts[0] not in sys.stdlib_module_names
    if never == "nothing is barred":
        return False
    barred = {each.strip() for each in never.split(",")}
    return any(
        parts[0] == each or (parts[0] == "ecs_tutorial" and each in parts[1:]) for each in barred
    )


def test_the_table_is_there():
    """ARCHITECTURE.md has a row for each part of the package."""
    assert len(rows()) >= 20


@pytest.mark.parametrize(("path", "never"), rows(), ids=lambda value: value[:40])
def test_a_part_never_imports_what_its_row_bars(path, never):
    """What the table says a part never imports, it does not import at run time."""
    found = modules(path)
    assert found, f"{path} is in the table, not on disk"
    assert [each for each in found if not each.is_file()] == []
    broken = {
        f"{module.relative_to(ROOT)}: {name}"
        for module in found
        for name in imported(module)
        if forbidden(name, never)
    }
    assert not broken


def test_every_module_stands_in_the_table():
    """No module of the package is missing from the table."""
    listed = {file for path, _ in rows() for file in modules(path)}
    all_files = {file for file in PACKAGE.rglob("*.py") if file.read_text(encoding="utf-8").strip()}
    assert {str(file.relative_to(ROOT)) for file in all_files - listed} == set()


def test_the_planes_do_not_know_each_other():
    """No module of one plane imports the other; only lab.py knows both."""
    for plane, other in (("control_plane", "data_plane"), ("data_plane", "control_plane")):
        for module in sorted((PACKAGE / plane).rglob("*.py")):
            assert not [name for name in imported(module) if other in name.split(".")], module


def test_a_barred_import_is_found(tmp_path):
    """The check can fail: an import of the other plane is seen, absolute or relative."""
    assert forbidden("ecs_tutorial.data_plane.agent", "boto3, data_plane")
    assert forbidden("boto3", "boto3, data_plane")
    assert not forbidden("ecs_tutorial.clock", "boto3, data_plane")
    module = PACKAGE / "control_plane" / "sample.py"
    node = ast.parse("from ..data_plane import agent").body[0]
    assert "ecs_tutorial.data_plane.agent" in set(names(node, module))


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_modules_stay_small(module):
    """A module has under 300 lines."""
    assert len(module.read_text(encoding="utf-8").splitlines()) < 300

"""Reads the source tree for the architecture test: its modules and what each imports. Nothing is run."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `from eventflow.bus import Bus` has the module eventflow.bus and the name Bus."""

    module: str
    name: str | None
    line: int
    in_function: bool
    for_types_only: bool

    @property
    def package(self) -> str:
        """The first part: `eventflow`, `pydantic`, ..."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return self.module if self.name is None else f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its dotted name as imported, its path from the root, and what it imports."""

    name: str
    path: Path
    lines: int
    docstring: str | None
    imports: tuple[Import, ...] = field(repr=False)

    @property
    def package(self) -> str:
        """The first part of the name: `eventflow`, or the adapter."""
        return self.name.partition(".")[0]

    @property
    def room(self) -> str:
        """The second part of the name: `bus` for `eventflow.bus.core`; `__init__` for the face itself."""
        return [*self.name.split("."), "__init__"][1]


def read(root: Path, package: str) -> list[Module]:
    """The modules of the package in the folder `root/package`, by path; `package` may lie in a subfolder."""
    folder = root / package
    return [_read_file(root, folder.parent, path) for path in sorted(folder.rglob("*.py"))]


def adapters(root: Path) -> list[str]:
    """The import packages in the second source root, as paths from `root`."""
    return sorted(f"adapters/{path.parent.name}" for path in root.glob("adapters/*/__init__.py"))


def graph(modules: list[Module]) -> dict[str, set[str]]:
    """Which of `modules` imports which: `from a import b` is the module a.b if there is one, else a."""
    known = {module.name for module in modules}
    return {
        module.name: {target for one in module.imports if (target := _target(one, known)) is not None}
        for module in modules
    }


def circle(imports: dict[str, set[str]]) -> list[str]:
    """The modules of one circle, in order and closed (`[a, b, a]`); empty when there is none."""
    done: set[str] = set()
    trail: list[str] = []

    def visit(name: str) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return []
        trail.append(name)
        for target in sorted(imports.get(name, ())):
            if found := visit(target):
                return found
        done.add(trail.pop())
        return []

    for name in sorted(imports):
        if found := visit(name):
            return found
    return []


def _read_file(root: Path, source_root: Path, path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, str(path))
    parts = path.relative_to(source_root).with_suffix("").parts
    package = parts[:-1]
    return Module(
        name=".".join(package if parts[-1] == "__init__" else parts),
        path=path.relative_to(root),
        lines=len(text.splitlines()),
        docstring=ast.get_docstring(tree),
        imports=tuple(_imports(tree, package, in_function=False, for_types_only=False)),
    )


def _imports(
    node: ast.AST, package: tuple[str, ...], *, in_function: bool, for_types_only: bool
) -> Iterator[Import]:
    """Every import below `node`; `package` is where it stands, to resolve the relative ones."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, None, node.lineno, in_function, for_types_only)
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else ()
        module = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            yield Import(module, alias.name, node.lineno, in_function, for_types_only)
    else:
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for child in ast.iter_child_nodes(node):
            yield from _imports(
                child, package, in_function=in_function or inside, for_types_only=for_types_only or types
            )


def _target(one: Import, known: set[str]) -> str | None:
    return next((name for name in (str(one), one.module) if name in known), None)

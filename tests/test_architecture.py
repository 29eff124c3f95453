"""The house: which room stands on which floor, and the rules of the stairs, proven on the source as it is.

An import leads to a strictly lower floor, or stays inside its room. Rooms of one floor do not know
each other, and no two modules import each other in a circle, however long. The face,
`eventflow/__init__.py`, looks down on every room and no room looks up to it.

Each rule is a function from modules to complaints, `file:line what is wrong`. It is called twice: with
this repository, where it must find nothing, and with a few planted files, where it must find each.
"""

import re
import sys
import tomllib
from pathlib import Path

import pytest

import house

FLOORS: dict[int, dict[str, str]] = {
    13: {
        "__init__": "the face: every public name, and nothing else",
        "__main__": "the door for `python -m eventflow`",
    },
    12: {
        "cli": "the command line",
        # The adapters stand here too, outside the house: adapters/eventflow_<name>/.
    },
    11: {
        "agents": "a model that calls tools until it has an answer, as a graph",
    },
    10: {
        "graph": "nodes that share a state, and run step by step",
    },
    9: {
        "models": "chat models and text models: messages in, chunks out",
        "retrievers": "from a question to documents",
    },
    8: {
        "prompts": "templates that make messages",
        "parsers": "from text and messages to values",
        "tools": "functions that a model can call",
        "checkpoints": "what a graph has done so far, kept so that it can go on",
        "stores": "what programs remember beyond one thread",
        "history": "conversations that are kept, and cut to what is wanted of them",
    },
    7: {
        "runnables": "what runs: the verbs, the hooks, the composites, and event streams",
    },
    6: {
        "runs": "the one lifecycle, and the only place that emits it",
        "subscribers": "who listens: console, recorder, files",
        "plugins": "subscribers found through entry points",
    },
    5: {
        "callbacks": "handler objects as subscribers of one run",
    },
    4: {
        "bus": "signals, subscriptions, policies; never awaits",
    },
    3: {
        "events": "what is told: names, records, types",
        "codec": "values as bytes, which are data and never code",
    },
    2: {
        "messages": "what models say, whole and in chunks",
        "documents": "texts with metadata",
        "drawing": "graphs as text",
    },
    1: {
        "jsonstream": "JSON that is still being written",
    },
    0: {
        "errors": "everything that can be raised, as one tree",
        "handing": "what rooms hand in to rooms below, when it is asked for",
        "ids": "run ids",
    },
}

MOST_LINES = 400
"""A file holds one concept; one that needs more lines holds two."""

RUN_TIME = {
    "blinker": {"blinker"},
    "pydantic": {"pydantic", "pydantic_core"},
    "typing-extensions": {"typing_extensions"},
}
"""The distributions that are always there, and the import packages each brings."""

TEST_TIME = {"pytest", "hypothesis"}
"""What `eventflow.testing` alone may count on: whoever imports it is testing."""

NEVER_SHIPPED = {"adapters", "benchmarks", "docs", "examples", "tests"}
"""Folders that an editable install makes importable and a wheel does not have."""

FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}


# ---------------------------------------------------------------------------------------------- the rules


def leads_down(modules: list[house.Module]) -> list[str]:
    """Inside the house an import leads to a strictly lower floor or stays inside its room."""
    found = {
        f"{module.path}:{one.line} {_on_floor(module.room)} may not import {_on_floor(room)}"
        for module in modules
        for one in module.imports
        if one.package == "eventflow" and (room := _room_behind(one)) != module.room
        if not _floor(room) < _floor(module.room)
    }
    return sorted(found)


def has_no_circle(modules: list[house.Module]) -> list[str]:
    """No module leads back to itself; imports for types only count, for they too say who knows whom."""
    found = house.circle(house.graph(modules))
    return ["a circle: " + " -> ".join(found)] if found else []


def imports_the_house_at_the_top(modules: list[house.Module]) -> list[str]:
    """No import of the house inside a function: that would hide a circle, or a stair that leads up."""
    return [
        f"{module.path}:{one.line} imports {one} inside a function"
        for module in modules
        for one in module.imports
        if one.in_function and one.package in {"eventflow", module.package}
    ]


def needs_only_what_is_installed(modules: list[house.Module]) -> list[str]:
    """Importing the house takes what is always installed; an extra is imported where it is used."""
    always = set(sys.stdlib_module_names).union({"eventflow"}, *RUN_TIME.values())
    return [
        f"{module.path}:{one.line} imports {one.package} at the top: import it in the function that needs it"
        for module in modules
        for one in module.imports
        if not one.in_function and not one.for_types_only
        if one.package not in always | (TEST_TIME if module.room == "testing" else set())
    ]


def ships_what_it_imports(modules: list[house.Module]) -> list[str]:
    """What works in the checkout works from the wheel."""
    return [
        f"{module.path}:{one.line} imports {one}, which is not in the wheel"
        for module in modules
        for one in module.imports
        if one.package in NEVER_SHIPPED
    ]


def knows_public_names_only(modules: list[house.Module]) -> list[str]:
    """An adapter imports of eventflow what any user may: nothing with a leading underscore."""
    return [
        f"{module.path}:{one.line} imports {one}, which is private"
        for module in modules
        for one in module.imports
        if one.package == "eventflow" and any(part.startswith("_") for part in str(one).split(".")[1:])
    ]


def knows_no_adapter(modules: list[house.Module]) -> list[str]:
    """Neither the house nor an adapter imports an adapter (other than itself)."""
    return [
        f"{module.path}:{one.line} imports the adapter {one.package}"
        for module in modules
        for one in module.imports
        if one.package.startswith("eventflow_") and one.package != module.package
    ]


def holds_one_concept(modules: list[house.Module]) -> list[str]:
    """No file is longer than `MOST_LINES`, and each says in its docstring what it owns."""
    long = [
        f"{module.path}: {module.lines} lines, more than {MOST_LINES}: which two concepts does it hold?"
        for module in modules
        if module.lines > MOST_LINES and module.room != "__init__"  # the face is a list of names
    ]
    silent = [f"{module.path}: no docstring says what it owns" for module in modules if not module.docstring]
    return long + silent


def _room_behind(one: house.Import) -> str:
    """The room an import of the house leads to; `from eventflow import Bus` leads to the face."""
    first = [*str(one).split("."), "__init__"][1]
    return first if first in FLOOR_OF or one.module != "eventflow" else "__init__"


def _floor(room: str) -> float:
    """A room without a floor is above everything: nobody may import it."""
    return FLOOR_OF.get(room, float("inf"))


def _on_floor(room: str) -> str:
    return f"{room} (floor {FLOOR_OF[room]})" if room in FLOOR_OF else f"{room} (no floor)"


IN_THE_HOUSE = (leads_down, needs_only_what_is_installed)
IN_ADAPTERS = (knows_public_names_only,)
EVERYWHERE = (
    has_no_circle,
    imports_the_house_at_the_top,
    ships_what_it_imports,
    knows_no_adapter,
    holds_one_concept,
)


# --------------------------------------------------------------------------------------- the house as it is

EVENTFLOW = house.read(house.ROOT, "eventflow")
ADAPTERS = [module for folder in house.adapters(house.ROOT) for module in house.read(house.ROOT, folder)]
PYPROJECT = tomllib.loads((house.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", IN_THE_HOUSE + EVERYWHERE)
def test_house(rule):
    complaints = rule(EVENTFLOW)
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("rule", IN_ADAPTERS + EVERYWHERE)
def test_adapters(rule):
    complaints = rule(ADAPTERS)
    assert not complaints, "\n".join(complaints)


def test_the_table_of_floors_is_the_house():
    rooms = {module.room for module in EVENTFLOW}
    assert sorted(rooms - set(FLOOR_OF)) == [], "give these rooms a floor"
    assert sorted(set(FLOOR_OF) - rooms) == [], "no such rooms: take them off the table"


def test_wheel_holds_every_package():
    packages = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages == ["eventflow", *house.adapters(house.ROOT)]


def test_every_package_is_typed():
    packages = ["eventflow", *house.adapters(house.ROOT)]
    assert [package for package in packages if not (house.ROOT / package / "py.typed").is_file()] == []


def test_run_time_dependencies_are_these():
    wanted = [re.split(r"[<>=!~;\[ ]", one)[0] for one in PYPROJECT["project"]["dependencies"]]
    assert wanted == sorted(RUN_TIME)


# ------------------------------------------------------------------------------------------- the rules bite

# Each line: the file that is planted, its text, and what the complaint says.
PLANTED = {
    leads_down: r"""
        eventflow/subscribers/a.py | import eventflow.runnables | subscribers (floor 6) may not import run
        eventflow/runs/scope.py | import eventflow.plugins.a | runs (floor 6) may not import plugins (floor 6)
        eventflow/bus/a.py | from ..runs import scope | bus (floor 4) may not import runs (floor 6)
        eventflow/bus/a.py | from eventflow import runs | bus (floor 4) may not import runs (floor 6)
        eventflow/bus/a.py | from eventflow import Bus | bus (floor 4) may not import __init__ (floor 13)
        eventflow/bus/a.py | from eventflow.cellar import a | bus (floor 4) may not import cellar (no floor)
        eventflow/errors.py | if TYPE_CHECKING:\n import eventflow.ids | errors (floor 0) may not import ids
    """,
    has_no_circle: r"""
        eventflow/bus/a.py | from eventflow.bus import b | bus.a -> eventflow.bus.b -> eventflow.bus.a
        eventflow/bus/c.py | from . import c | eventflow.bus.c -> eventflow.bus.c
    """,
    imports_the_house_at_the_top: r"""
        eventflow/runs/a.py | def f():\n from eventflow.bus import Bus | a.py:2 imports eventflow.bus.Bus
        eventflow/runs/a.py | class C:\n async def f():\n  from . import b | a.py:3 imports eventflow.runs.b
        adapters/eventflow_x/a.py | def f():\n import eventflow_x.b | a.py:2 imports eventflow_x.b inside
    """,
    needs_only_what_is_installed: r"""
        eventflow/prompts/a.py | import jinja2 | a.py:1 imports jinja2 at the top
        eventflow/models/a.py | try:\n import pytest\nexcept OSError:\n 0 | a.py:2 imports pytest at the top
    """,
    ships_what_it_imports: r"""
        adapters/eventflow_x/a.py | from adapters.eventflow_x import b | which is not in the wheel
        eventflow/testing/a.py | import tests.bus | imports tests.bus, which is not in the wheel
    """,
    knows_public_names_only: r"""
        adapters/eventflow_x/a.py | from eventflow.bus._a import Bus | eventflow.bus._a.Bus, which is private
        adapters/eventflow_x/a.py | from eventflow import _secret | eventflow._secret, which is private
    """,
    knows_no_adapter: r"""
        adapters/eventflow_x/a.py | import eventflow_y.models | a.py:1 imports the adapter eventflow_y
        eventflow/models/a.py | def f():\n from eventflow_x import Chat | a.py:2 imports the adapter
    """,
    holds_one_concept: r"""
        eventflow/bus/a.py | x = 1 | a.py: no docstring says what it owns
    """,
}

FINE = r"""
    eventflow/__init__.py | "doc"\nfrom eventflow.bus import Bus\nfrom eventflow.errors import Bad
    eventflow/bus/__init__.py | "doc"\nfrom eventflow.bus.core import Bus
    eventflow/bus/core.py | "doc"\nimport json, blinker\nfrom . import rules\nimport eventflow.errors
    eventflow/bus/rules.py | "doc"\nif TYPE_CHECKING:\n import jinja2
    eventflow/errors.py | "doc"\ndef f():\n import jinja2
    eventflow/testing/strategies.py | "doc"\nimport hypothesis, pytest
    adapters/eventflow_x/__init__.py | "doc"\nimport x\nfrom eventflow import Bus\nfrom eventflow_x import a
    adapters/eventflow_x/a.py | "doc"\nfrom eventflow.bus import core
"""


def lines(table: str) -> list[list[str]]:
    cells = [line.split("|") for line in table.strip().splitlines()]
    return [[cell.strip().replace("\\n", "\n") for cell in row] for row in cells]


def plant(root: Path, files: list[list[str]]) -> list[house.Module]:
    for name, text in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    folders = ["eventflow", *house.adapters(root)]
    return [module for folder in folders for module in house.read(root, folder)]


@pytest.mark.parametrize(
    ("rule", "path", "text", "complaint"),
    [(rule, *line) for rule, table in PLANTED.items() for line in lines(table)],
)
def test_rule_bites(rule, path, text, complaint, tmp_path):
    others = [["eventflow/bus/b.py", "from eventflow.bus import a"], ["adapters/eventflow_x/__init__.py", ""]]
    complaints = rule(plant(tmp_path, [*others, [path, text]]))
    assert any(complaint in one for one in complaints), complaints


def test_a_long_file_is_two_concepts(tmp_path):
    text = '"""."""\n' * MOST_LINES
    assert holds_one_concept(plant(tmp_path, [["eventflow/ids.py", text]])) == []
    assert "401 lines" in holds_one_concept(plant(tmp_path, [["eventflow/ids.py", text + "1\n"]]))[0]


@pytest.mark.parametrize("rule", IN_THE_HOUSE + IN_ADAPTERS + EVERYWHERE)
def test_rule_lets_good_work_pass(rule, tmp_path):
    modules = plant(tmp_path, lines(FINE))
    inside = [module for module in modules if module.package == "eventflow"]
    outside = [module for module in modules if module.package != "eventflow"]
    assert rule(inside if rule in IN_THE_HOUSE else outside if rule in IN_ADAPTERS else modules) == []

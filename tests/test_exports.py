"""What is public is said once and is there: every `__all__`, and the face that has every room's names."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import eventflow

HOUSE = Path(eventflow.__file__).parent

ENGINE = (
    "bus.APPLICATION",
    "bus.DEFAULT_BUFFER",
    "bus.Delivery",
    "bus.Emitter",
    "bus.Gate",
    "bus.Gated",
    "bus.Hub",
    "bus.Mailbox",
    "bus.PlainReceiver",
    "bus.Receiver",
    "bus.Receivers",
    "bus.ScopedReceiver",
    "bus.active_subscriptions",
    "bus.report_failure",
    "callbacks.handler_receiver",
    "callbacks.listener_receiver",
    "codec.dumps",
    "codec.loads",
    "codec.register_annotated",
    "events.CUSTOM_EVENT",
    "events.EVENT_NAMES",
    "events.EventBase",
    "events.Fold",
    "events.KINDS",
    "events.MISSING",
    "events.PHASES",
    "events.fold",
    "runs.DEFAULTS",
    "runs.DEFAULT_RECURSION_LIMIT",
    "runs.Inherited",
    "runs.Node",
    "runs.Scope",
    "runs.Source",
    "runs.StepConfig",
    "runs.current",
    "runs.leave",
    "runs.merge_callbacks",
)
"""What rooms give to the rooms above them and users have no need of."""

NOT_ON_THE_FACE = {
    "testing": "`import eventflow` must not need pytest and hypothesis",
    "cli": "the command line is for a shell",
    "handing": "how rooms fill places of each other",
    "ids": "only runs make ids",
    "messages.RunInfo": "LangChain's, inside an LLMResult; the name on the face is that of events",
    **dict.fromkeys(ENGINE, "the engine's own parts, for whoever writes a room"),
}
"""Rooms, or `room.name`, that are public where they stand but not in `eventflow` itself, and why."""


def modules_in(package: Path) -> list[str]:
    """The modules of a package, by name; not `__main__`, for importing that runs it."""
    files = (path.relative_to(package.parent).with_suffix("") for path in sorted(package.rglob("*.py")))
    return [
        ".".join(part for part in file.parts if part != "__init__")
        for file in files
        if file.name != "__main__"
    ]


MODULES = modules_in(HOUSE)
PACKAGES = [name for name in MODULES if (HOUSE.parent / name.replace(".", "/")).is_dir()]
ROOMS = sorted({name.split(".")[1] for name in MODULES if "." in name} - set(NOT_ON_THE_FACE))
ADAPTERS = [  # beside the house in a wheel, in the second source root in the checkout
    path.parent.name
    for folder in (HOUSE.parent, HOUSE.parent / "adapters")
    for path in sorted(folder.glob("eventflow_*/__init__.py"))
]


def exported(module: ModuleType) -> tuple[str, ...]:
    return getattr(module, "__all__", ())


def place(name: str) -> tuple[int, list[str]]:
    """Where a name stands in `__all__`: constants, classes, the rest; numbers by value, as ruff sorts them.

    >>> sorted(["stream", "Event", "END", "v10", "v9", "START"], key=place)
    ['END', 'START', 'Event', 'stream', 'v9', 'v10']
    """
    group = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return group, [part.zfill(9) if part.isdigit() else part for part in re.findall(r"\d+|\D", name)]


def complaints_about(module: ModuleType) -> list[str]:
    """What is wrong with the `__all__` of the module."""
    names = exported(module)
    if not isinstance(names, tuple):
        return [f"{module.__name__}.__all__ is a {type(names).__name__}, not a tuple"]
    missing = [f"{module.__name__}.{name} does not exist" for name in names if not hasattr(module, name)]
    wanted = tuple(sorted(set(names), key=place))
    return missing if names == wanted else [*missing, f"{module.__name__}.__all__ is not sorted: {wanted}"]


@pytest.mark.parametrize("name", MODULES)
def test_all_is_a_sorted_tuple_of_names_that_exist(name):
    assert complaints_about(importlib.import_module(name)) == []


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapter_says_what_is_public(name):
    module = pytest.importorskip(name, exc_type=ImportError)
    assert exported(module)
    assert complaints_about(module) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_package_says_what_is_public(name):
    assert exported(importlib.import_module(name))


def public_names(room: str) -> list[str]:
    """The names of a room that are on the face."""
    module = importlib.import_module(f"eventflow.{room}")
    return [name for name in exported(module) if f"{room}.{name}" not in NOT_ON_THE_FACE]


@pytest.mark.parametrize("room", ROOMS)
def test_the_face_has_every_public_name_of_a_room(room):
    module = importlib.import_module(f"eventflow.{room}")
    wanted = public_names(room)
    assert [name for name in wanted if name not in exported(eventflow)] == [], "run python .ci/face.py"
    assert [name for name in wanted if getattr(eventflow, name) is not getattr(module, name)] == []


def test_the_face_has_nothing_of_its_own():
    rooms = [importlib.import_module(f"eventflow.{room}") for room in ROOMS]
    known = {name for room in rooms for name in exported(room)} | {"__version__"}
    assert sorted(set(exported(eventflow)) - known) == []


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["b"], "is a list, not a tuple"),
        (("b", "A"), "is not sorted: ('A', 'b')"),
        (("A", "A"), "is not sorted: ('A',)"),
        (("A", "gone"), "planted.gone does not exist"),
    ],
)
def test_a_bad_all_is_found(names, complaint):
    module = ModuleType("planted")
    vars(module).update(__all__=names, A=1, b=2)
    assert complaint in "\n".join(complaints_about(module))

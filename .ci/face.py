"""Write the face anew: `eventflow/__init__.py` and its stub, made of what every room says is public.

    python .ci/face.py

`tests/test_exports.py` tells when it has to be done, and which names stay off the face.
"""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parent.parent
FACES = ("eventflow/__init__.py", "eventflow/__init__.pyi")
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from test_exports import ROOMS, place, public_names  # noqa: E402  # the path comes first

HEAD = '''"""eventflow: typed event streams for LLM applications.

Everything public is importable from here, and from the room it lives in; a room is imported when a name of
it is asked for. See README.md. Made by `.ci/face.py`; `__init__.pyi` says the same to type checkers.
"""
'''

CODE = '''
from functools import partial
from importlib import import_module
from typing import Any, Final

from eventflow.handing import promise

_ROOMS: Final[dict[str, str]] = {
%(table)s}
"""Which room has which name."""

__version__: Final = "%(version)s"
__all__ = (*_ROOMS,)  # pyright: ignore[reportUnsupportedDunderAll]  # it reads the stub

promise("adder of messages", partial(import_module, "eventflow.prompts"))
promise("maker of tools", partial(import_module, "eventflow.tools"))
promise("types of graphs", partial(import_module, "eventflow.graph"))


def __getattr__(name: str) -> Any:
    room = _ROOMS.get(name)
    if room is not None:
        found = globals()[name] = getattr(import_module(f"eventflow.{room}"), name)
        return found
    if name in _ROOMS.values():
        return import_module(f"eventflow.{name}")
    raise AttributeError(f"module 'eventflow' has no attribute {name!r}", name=name, obj=import_module("eventflow"))


def __dir__() -> list[str]:
    return [*__all__, *globals()]
'''


def main() -> None:
    from eventflow import __version__

    rooms = {name: room for room in ROOMS for name in public_names(room)}
    names = sorted(rooms, key=place)
    table = "".join(f'    "{name}": "{rooms[name]}",\n' for name in names)
    face = HEAD + CODE % {"table": table, "version": __version__}
    stub = ["from typing import Final\n\n"]
    for room in ROOMS:
        import_module(f"eventflow.{room}")
        stub += [f"from eventflow import {room} as {room}\n"]
    for room in ROOMS:
        mine = [name for name in names if rooms[name] == room]
        if mine:
            stub += [f"from eventflow.{room} import ({', '.join(mine)},)\n"]
    listed = "".join(f'    "{name}",\n' for name in names)
    stub += ["\n__version__: Final[str]\n", f"__all__: tuple[str, ...] = (\n{listed})\n"]
    for path, text in zip(FACES, (face, "".join(stub)), strict=True):
        (ROOT / path).write_text(text, encoding="utf-8")
    for command in (["check", "-q", "--fix"], ["format", "-q"]):
        subprocess.run(["ruff", *command, *FACES], cwd=ROOT, check=True)  # noqa: S603, S607


if __name__ == "__main__":
    main()

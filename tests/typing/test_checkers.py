"""The programs in this folder, as both type checkers see them: every promise holds, every marked line is refused."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_"))
MARK = "  # error"

Refused = set[tuple[str, int]]


def run(*command: str) -> str:
    """What a checker prints, run where its configuration is."""
    return subprocess.run(
        [sys.executable, "-m", *command, *map(str, PROGRAMS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout


def mypy() -> Refused:
    """The lines with errors. What it says of files that are imported is for its own run to complain about."""
    pytest.importorskip("mypy")
    told = run("mypy", "--strict", "--show-absolute-path", "--no-pretty")
    assert "error" in told, told
    return {
        (Path(path).name, int(line))
        for path, line in re.findall(r"^(.+?):(\d+): error: ", told, re.M)
        if here(path)
    }


def pyright() -> Refused:
    """The same."""
    pytest.importorskip("pyright")
    told = json.loads(run("pyright", "--outputjson", "--pythonpath", sys.executable))
    assert told["summary"]["filesAnalyzed"] == len(PROGRAMS)
    return {
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1)
        for one in told["generalDiagnostics"]
        if one["severity"] == "error" and here(one["file"])
    }


def here(path: str) -> bool:
    """Whether it is one of the programs."""
    return Path(path) in PROGRAMS


@pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)
def test_both_refuse_the_marked_lines_and_no_other(checker: Callable[[], Refused]) -> None:
    marked = {
        (path.name, number)
        for path in PROGRAMS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.endswith(MARK)
    }
    refused = checker()
    assert sorted(refused - marked) == []
    assert sorted(marked - refused) == []

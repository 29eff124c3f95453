"""Every example runs as its docstring says, and shows what it is there to show."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SHOWS = {
    "answer_from_documents.py": "[streams.md] A stream gives each token when it is there.\n[fish.md]",
    "progress.py": "bb.txt   [############] 100%",
    "resilient_chain.py": "flaky is asked ['retry:attempt:2']",
    "structured_stream.py": "France 67750000 | Sp ...\nFrance 67750000 | Spain ...\nTrue",
    "tool_loop.py": "multiply {'a': 2100000, 'b': 2}\n  -> 4200000\nTwo cities",
    "watch_a_chain.py": "6 chunks, 47 characters",
}


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are in the checkout, not in the wheel")
def test_every_example_is_run():
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(SHOWS)


@pytest.mark.skipif(not EXAMPLES.exists(), reason="the examples are in the checkout, not in the wheel")
@pytest.mark.parametrize("name", SHOWS)
def test_example(name):
    run = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert SHOWS[name] in run.stdout

"""Every example runs as its docstring says, and shows what it is there to show."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SHOWS = {
    "answer_from_documents.py": "[streams.md] A stream gives each token when it is there.\n[fish.md]",
    "any_llm.py": "{'paid': 25}\nmessages, what a chat window shows:\n  talk: 'A '\n  talk: 'stream '",
    "approval.py": "draft   a model writes",
    "approval.py --answer yes": "send    Dear Ann, your parrot flies back on Friday.\nended   with the letter sent",
    "growing_table.py": "Japan            Tokyo            124,500,000    377,975\nVanuatu  ",
    "joke_and_poem.py": "keyboard? To keep an eye on the      whole: first an ear, then a paw,",
    "live_page.py": "the whole document each time would be 12,093\nTrue",
    "progress.py": "bb.txt   [############] 100%",
    "resilient_chain.py": "flaky is asked ['retry:attempt:2']",
    "structured_stream.py": "France 67750000 | Sp ...\nFrance 67750000 | Spain ...\nTrue",
    "subgraph.py": "        desk/facts/check     What do parrots say? Three sources. Two agree.\n    desk/facts ",
    "tool_loop.py": "multiply {'a': 2100000, 'b': 2}\n  -> 4200000\nTwo cities",
    "watch_a_chain.py": "6 chunks, 47 characters",
    "weather_agent.py": "tools   snow, 2 degrees below zero\nRome is sunny, at 31 degrees. In Oslo it snows",
}
"""What each command shows; where one begins with what another one is, it is run after it, in the same folder."""

pytestmark = pytest.mark.skipif(
    not EXAMPLES.exists(), reason="the examples are in the checkout, not in the wheel"
)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    name, *arguments = command.split()
    return subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )


def test_every_example_is_run():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {command.split()[0] for command in SHOWS}


def test_readme_lists_every_example():
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    assert {*re.findall(r"\]\(examples/(\w+\.py)\)", readme)} == {path.name for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("command", SHOWS)
def test_example(command, tmp_path):
    for before in SHOWS:
        if command.startswith(f"{before} "):
            run(before, tmp_path)
    ran = run(command, tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert SHOWS[command] in ran.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_says_how_it_is_run(path):
    """The commands of the docstring are those of this example, and those without a key are run here."""
    said = re.findall(r"^python examples/(.+?)(?: +#.*)?$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert said[0] == path.name
    assert [command for command in said if ":" not in command] == [
        command for command in SHOWS if command.split()[0] == path.name
    ]


# ------------------------------------------------------------------------------------- what two of them are about


def test_two_branches_of_a_graph_write_in_turns(tmp_path):
    order = run("joke_and_poem.py", tmp_path).stdout.strip().rpartition(" ")[2]
    assert {"jp", "pj"} <= {order[n : n + 2] for n in range(len(order))}, order


def test_a_question_is_answered_by_another_process(tmp_path):
    asked = run("approval.py", tmp_path).stdout
    assert "asks    Send 'Dear Ann" in asked
    assert "send  " not in asked
    again = run("approval.py", tmp_path).stdout
    assert "asks    Send 'Dear Ann" in again
    assert "draft  " not in again
    answered = run("approval.py --answer no", tmp_path).stdout
    assert answered == "ended   with the letter not sent\n"
    nothing = run("approval.py --answer yes", tmp_path)
    assert nothing.returncode == 2
    assert "nothing in approval.sqlite waits for an answer: run this without --answer first" in nothing.stderr

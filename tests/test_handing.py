"""The face imports a room when it is asked for, and a room finds what rooms above it hand in."""

import subprocess
import sys

import pytest

import eventflow
from eventflow.handing import keep_promise, promise

NOTHING_YET = "import sys, eventflow\nassert not [m for m in sys.modules if m.startswith('eventflow.g')]\n"


def test_nothing_is_imported_before_it_is_asked_for():
    run(
        "import sys, eventflow\n"
        "own = sorted(m for m in sys.modules if m.startswith('eventflow'))\n"
        "assert own == ['eventflow', 'eventflow.handing'], own\n"
        "assert 'pydantic' not in sys.modules and 'asyncio' not in sys.modules\n"
    )


@pytest.mark.parametrize(
    "program",
    [
        "from eventflow.messages import HumanMessage\n"
        "prompt = HumanMessage('a') + HumanMessage('b')\n"
        "assert type(prompt).__name__ == 'ChatPromptTemplate', prompt\n",
        "from eventflow.runnables import RunnableLambda\n"
        "tool = RunnableLambda(lambda x: x['a'] + 1).as_tool(name='more', arg_types={'a': int})\n"
        "assert tool.invoke({'a': 1}) == 2\n",
        "from eventflow.codec import loads\n"
        """found = loads(b'\\x01{"": "Send", "v": ["node", 1]}')\n"""
        "assert found == eventflow.Send('node', 1), found\n",
        "assert eventflow.tools.tool is eventflow.tool\n",
    ],
    ids=["added messages", "as_tool", "types of graphs", "rooms as attributes"],
)
def test_what_is_missing_is_fetched(program):
    run(NOTHING_YET + program)


def test_a_name_that_there_is_not():
    with pytest.raises(AttributeError, match="module 'eventflow' has no attribute 'RunableLambda'"):
        eventflow.RunableLambda  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'RunableLambda'"):
        exec("from eventflow import RunableLambda")


def test_the_face_can_be_listed():
    assert {"RunnableLambda", "StateGraph", "__version__"} <= {*dir(eventflow)}


def test_a_promise_is_kept_each_time_and_nobodys_is_none():
    kept = []
    promise("a place of this test", lambda: kept.append(1))
    keep_promise("a place of this test")
    keep_promise("a place of this test")
    keep_promise("nobody's place")
    assert kept == [1, 1]


def run(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

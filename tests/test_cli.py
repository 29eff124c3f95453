"""The command line, called as a function, and once as the program it is."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from eventflow import ScriptedChatModel, subscribe
from eventflow.cli import ANSWER, QUESTION, main
from eventflow.models import register_chat_model

SHOWN = [
    f'╭ chain RunnableSequence ← {{question: "{QUESTION}"}}',
    f'│ ╭ prompt ChatPromptTemplate ← {{question: "{QUESTION}"}}',
    "│ ╭ parser StrOutputParser",
]


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def demo(*options):
    return main(["demo", "--delay", "0", *options])


def one_line(text):
    return " ".join(text.split())


def test_the_demo_shows_the_tree_and_then_the_text(capsys):
    assert demo() == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert [line for line in SHOWN if line not in out.splitlines()] == []
    assert out.count("61 chunks") == 3
    assert ANSWER in one_line(out.split("for token in chain.stream(question):")[1])
    assert "\x1b" not in out


def test_a_question_of_ones_own(capsys):
    assert demo("--question", "Hé, 語?\x1b[31m") == 0
    out, _ = capsys.readouterr()
    assert r'╭ chain RunnableSequence ← {question: "Hé, 語?\x1b[31m"}' in out
    assert "I am only a script" in out


def test_json_is_events_and_nothing_else(capsys):
    assert demo("--json", "--question", "Why?") == 0
    out, err = capsys.readouterr()
    events = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert (events[0]["event"], events[0]["data"]) == ("on_chain_start", {"input": {"question": "Why?"}})
    assert (events[-1]["event"], events[-1]["run_id"]) == ("on_chain_end", events[0]["run_id"])
    assert {event["event"] for event in events} >= {
        "on_prompt_end",
        "on_chat_model_stream",
        "on_parser_stream",
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("openai", "'openai' names a provider and no model: give 'openai:<name>'"),
        ("openai:", "'openai:' names a provider and no model: give 'openai:<name>'"),
        ("opnai:x", "there is no provider 'opnai' of chat models: there are "),
        ("polly", "model 'polly' does not tell its provider: give 'provider:polly', or model_provider='...'"),
    ],
)
def test_a_model_that_is_not_known_is_refused(name, why, capsys):
    assert demo("--model", name) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"eventflow: --model {name!r} cannot be asked: {why}")


def test_a_real_model_needs_its_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    assert demo("--model", "openai:x") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "pip install 'eventflow[openai]'" in err


def test_a_real_model_needs_a_key(capsys):
    pytest.importorskip("openai")
    assert demo("--json", "--model", "openai:x") == 1
    assert "OPENAI_API_KEY" in capsys.readouterr().err


def test_a_real_model_is_asked_once(capsys):
    model = ScriptedChatModel(["Hel", "lo"])
    with register_chat_model("scripts", lambda **kwargs: model):
        assert demo("--model", "scripts:x") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "ScriptedChatModel ┆ Hello" in out
    assert "What next?" not in out
    model.assert_exhausted()


@pytest.mark.parametrize("options", [["--delay", "-1"], ["--delay", "nan"], ["--delay", "soon"], ["--wrong"]])
def test_wrong_options_are_refused(options, capsys):
    with pytest.raises(SystemExit) as caught:
        demo(*options)
    assert caught.value.code == 2
    assert options[-1] in capsys.readouterr().err


def test_a_run_that_fails_ends_with_one_line(capsys):
    def refuse(event):
        raise ConnectionError("no network\x1b[31m")

    with subscribe(refuse, include_types=["chat_model"], phases=["start"], on_error="raise"):
        assert demo("--json") == 1
    assert capsys.readouterr().err == "eventflow: ConnectionError: no network\\x1b[31m\n"


@pytest.mark.parametrize("way", [[], ["--json"]])
def test_an_interrupt_ends_it_quietly(way, capsys):
    def interrupt(event):
        raise KeyboardInterrupt

    with subscribe(interrupt, include_types=["chat_model"], phases=["stream"], on_error="raise"):
        assert demo(*way) == 130
    out, err = capsys.readouterr()
    assert err == ""
    assert out.endswith("\n")
    assert "KeyboardInterrupt" in out


def test_without_a_command_there_is_help(capsys):
    assert main([]) == 0
    assert "demo" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("eventflow 0.")


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="eventflow")
    assert command.load() is main


def run(*options, stdout=subprocess.PIPE):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "eventflow", *options],
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )


def test_as_a_program():
    ended = run("demo", "--delay", "0")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line for line in SHOWN if line not in ended.stdout.splitlines()] == []


def test_nobody_reads_on():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        ended = run("demo", "--delay", "0", stdout=closed)
    assert (ended.returncode, ended.stderr) == (141, "")

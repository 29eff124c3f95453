"""`ConsoleTree`: what is on the screen, line by line."""

import asyncio
import json
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import (
    AIMessageChunk,
    FakeListChatModel,
    InMemoryCache,
    RunnableGenerator,
    RunnableLambda,
    ScriptedChatModel,
    StrOutputParser,
    dispatch_custom_event,
    subscribe,
)
from eventflow.events import EVENT_NAMES
from eventflow.subscribers import ConsoleTree, JsonLines

NAMES = sorted({name for names in EVENT_NAMES.values() for name in names.values()})


class Terminal(StringIO):
    def isatty(self):
        return True


class Clock:
    """Goes on by `step` seconds each time somebody looks at it."""

    def __init__(self, step):
        self.now = 0.0
        self.step = step

    def __call__(self):
        self.now += self.step
        return self.now


def tree(stream=None, **options):
    return ConsoleTree(stream or StringIO(), **{"clock": lambda: 0.0, **options})


def printed(work, **options):
    console = tree(**options)
    with subscribe(console, on_error="raise"):
        work()
    return lines_of(console)


def lines_of(console):
    return console._stream.getvalue().splitlines()


def event(name, run="r1", data=None, above=(), title="it"):
    return {"event": name, "name": title, "run_id": run, "parent_ids": [*above], "data": data or {}}


def chunk(text, run="r1", **more):
    return event("on_chat_model_stream", run, {"chunk": AIMessageChunk(text)}, **more)


def test_a_chain_as_it_streams():
    chain = ScriptedChatModel(["Hel", "lo ", "you"], name="poet") | StrOutputParser()
    assert printed(lambda: list(chain.stream("Hi"))) == [
        '╭ chain RunnableSequence ← "Hi"',
        "│ ╭ chat_model poet ← human: Hi",
        "│ ╭ parser StrOutputParser",
        "│ │ poet ┆ Hello you",
        "│ ╰ chat_model poet 0.0 ms · 3 chunks",
        "│ ╰ parser StrOutputParser 0.0 ms · 3 chunks",
        "╰ chain RunnableSequence 0.0 ms · 3 chunks",
    ]


def test_time_is_told_in_milliseconds():
    assert (
        printed(lambda: RunnableLambda(len).invoke("ab"), clock=Clock(0.0123))[-1]
        == "╰ chain len 12.3 ms → 2"
    )
    assert (
        printed(lambda: RunnableLambda(len).invoke("ab"), clock=Clock(1.5))[-1] == "╰ chain len 1,500 ms → 2"
    )


def test_custom_events_stand_below_their_run():
    def load(x):
        dispatch_custom_event("progress", {"done": 0.5})
        return x

    assert printed(lambda: RunnableLambda(load).invoke(1)) == [
        "╭ chain load ← 1",
        "│ ◆ progress {done: 0.5}",
        "╰ chain load 0.0 ms → 1",
    ]


def test_a_new_attempt_has_one_line():
    answers = [0, 4]
    retry = RunnableLambda(lambda x: x / answers.pop(0), name="halve").with_retry(
        exponential_jitter_params={"initial": 0.001, "jitter": 0.0}
    )
    assert printed(lambda: retry.invoke(2), width=120)[2:5] == [
        "│ ✖ chain halve 0.0 ms ZeroDivisionError: division by zero",
        "│ ↻ on_retry attempt 2 of 3: halve, in 0.001 s, after ZeroDivisionError: division by zero",
        "│ ╭ chain halve ← 2",
    ]
    safe = RunnableLambda(int).with_fallbacks([RunnableLambda(len)])
    assert printed(lambda: safe.invoke("a\x1b"))[3] == (
        "│ ↻ on_fallback attempt 2 of 2: len, after ValueError: invalid literal for int() with base 10: 'a\\x1b'"
    )


def test_a_kept_answer_has_one_line():
    model = FakeListChatModel(responses=["a"], cache=InMemoryCache(), name="model")
    model.invoke("hi")
    assert printed(lambda: model.invoke("hi"))[1] == "│ = on_cache_hit kept answer, from InMemoryCache"


def test_a_new_attempt_that_comes_from_a_file():
    file, console = StringIO(), tree()
    with subscribe(JsonLines(file), include_types=["on_fallback"]):
        RunnableLambda(int).with_fallbacks([len]).invoke("four")
    console(json.loads(file.getvalue()))
    assert lines_of(console)[0].startswith("│ ↻ on_fallback attempt 2 of 2: len, after ValueError: invalid")


@pytest.mark.parametrize("data", [None, {"attempt": 2}, {"attempt": 2, "error": "no"}, "attempt"])
def test_an_event_of_the_users_own_may_have_the_same_name(data):
    console = tree()
    console(event("on_custom_event", title="on_retry", data=data))
    assert lines_of(console)[0].startswith("│ ◆ on_retry ")


def test_errors_and_cancellations_are_marked():
    def fail(x):
        raise ValueError("no\nway")

    def try_it():
        with pytest.raises(ValueError, match="no"):
            RunnableLambda(fail).invoke(1)

    def letters(chunks):
        yield from "abc"

    assert printed(try_it)[-1] == (r"✖ chain fail 0.0 ms ValueError: no\nway")
    assert printed(lambda: next(RunnableGenerator(letters).stream(1)))[-1] == (
        "■ chain letters 0.0 ms · 1 chunk cancelled (GeneratorExit)"
    )


async def test_a_cancelled_task_is_no_error():
    async def wait(x):
        await asyncio.Event().wait()

    console = tree()
    with subscribe(console, on_error="raise"):
        task = asyncio.create_task(RunnableLambda(wait).ainvoke(1))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    assert lines_of(console)[-1] == "■ chain wait 0.0 ms cancelled (CancelledError)"


def test_models_that_talk_at_once_do_not_mix_their_words():
    console = tree()
    for number in "ab", "cd", "ef":
        console(chunk(number[0], "r1", title="one", above=["r0"]))
        console(chunk(number[1], "r2", title="two", above=["r0"]))
    console(event("on_chat_model_end", "r1", title="one", above=["r0"]))
    console(event("on_chat_model_end", "r2", title="two", above=["r0"]))
    assert lines_of(console) == [
        "│ │ one ┆ ace",
        "│ ╰ chat_model one 3 chunks",
        "│ │ two ┆ bdf",
        "│ ╰ chat_model two 3 chunks",
    ]


def test_a_line_that_was_broken_goes_on_under_its_name():
    console = tree()
    console(chunk("Wait "))
    console(chunk("for"))
    console(event("on_custom_event", title="news", data=1))
    console(chunk(" it"))
    console(event("on_chat_model_end"))
    assert lines_of(console) == ["│ it ┆ Wait for", "│ ◆ news 1", "│ it ┆ it", "╰ chat_model it 3 chunks"]


def test_a_single_piece_is_not_lost():
    assert printed(lambda: list(ScriptedChatModel("Hello", name="m").stream("")))[1] == "│ m ┆ Hello"


def test_tool_calls_are_shown_as_they_come():
    calls = [{"name": "add", "args": '{"a', "id": "1", "index": 0}, {"args": '": 1}', "index": 0}]
    lines = printed(lambda: list(ScriptedChatModel(calls, name="m").stream("")))
    assert lines[1] == '│ m ┆ add {"a": 1}'


def test_no_line_is_longer_than_the_screen():
    said = "Streams come in pieces, some of which are long. " * 3 + "x" * 200 + "\n語" * 3 + "語" * 50
    chain = RunnableLambda(lambda x: x, name="n" * 60) | ScriptedChatModel.from_text(said, chunk_size=3)
    lines = printed(lambda: list(chain.stream(["y" * 500])), width=72)
    assert max(map(len, lines)) <= 72
    text = "".join(line.split("┆ ")[1] for line in lines if "┆" in line)
    assert text.replace(" ", "") == said.replace(" ", "").replace("\n", "")


def test_words_are_kept_whole():
    said = "Because an answer is worth more while it is still being written. " * 4
    lines = printed(lambda: list(ScriptedChatModel.from_text(said).stream("")), width=60)
    words = [word for line in lines if "┆" in line for word in line.split("┆")[1].split()]
    assert words == said.split()


def test_nothing_that_a_terminal_obeys_gets_through():
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\r\x08"

    def fail(x):
        dispatch_custom_event(evil, {evil: evil})
        raise ValueError(evil)

    chain = ScriptedChatModel([evil, evil, evil], name=evil) | RunnableLambda(fail, name=evil)
    console = tree()
    with subscribe(console, on_error="raise"), pytest.raises(ValueError, match="owned"):
        list(chain.stream(evil))
    text = console._stream.getvalue()
    assert text.replace("\n", "").isprintable()
    assert r"\x1b]0;owned\x07" in text


def test_colour_is_for_terminals_whose_user_wants_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def painted(stream, **options):
        console = tree(stream, **options)
        console(event("on_tool_error", data={"error": ValueError("no")}))
        return "\x1b[31mValueError: no\x1b[0m" in console._stream.getvalue()

    assert painted(Terminal())
    assert not painted(StringIO())
    assert painted(StringIO(), color=True)
    assert not painted(Terminal(), color=False)
    monkeypatch.setenv("TERM", "dumb")
    assert not painted(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not painted(Terminal())


def test_it_is_as_wide_as_its_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    console = tree(Terminal(), color=False)
    console(event("on_tool_start", data={"input": "x" * 500}))
    assert len(lines_of(console)[0]) == 60


def test_an_old_console_gets_what_it_can_show():
    raw = BytesIO()
    stream = TextIOWrapper(raw, encoding="ascii")
    tree(stream)(event("on_tool_start", data={"input": "é"}))
    assert raw.getvalue() == b'\\u256d tool it \\u2190 "\\xe9"\n'


def test_runs_that_never_end_are_forgotten_one_day():
    console = tree()
    for number in range(10_050):
        console(event("on_tool_start", str(number)))
    assert len(console._runs) <= 10_000
    console(event("on_tool_end", "0"))
    assert lines_of(console)[-1] == "╰ tool it"


class Mute:
    @property
    def text(self):
        return self

    def __repr__(self):
        raise RuntimeError("no words")

    __str__ = __repr__


class Angry(dict):
    """A mapping, and a message as it were, that can only fail."""

    def items(self):
        raise RuntimeError("no items")

    @property
    def text(self):
        raise RuntimeError("no text")


ODD = st.sampled_from(
    [
        None,
        1,
        "",
        "x\x1b",
        [],
        {},
        {"error": None},
        {"chunk": 3},
        Mute(),
        {"input": Mute()},
        [Mute()],
        Angry(a=1),
        Angry(a=1),
    ]
)
ODD_EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "event": st.sampled_from([*NAMES, "on_moon", 3]),
        "name": ODD,
        "run_id": st.sampled_from(["a", "b", 3, None]),
        "parent_ids": st.sampled_from([None, 3, "ab", [], ["a"], ["a", None]]),
        "data": ODD | st.dictionaries(st.sampled_from(["input", "chunk", "output", "error"]), ODD),
    },
)


@given(st.lists(ODD_EVENTS | ODD))
def test_odd_events_do_no_harm(events):
    console = tree()
    for odd in events:
        console(odd)
    assert "\x1b" not in console._stream.getvalue()


def test_spaces_at_the_end_begin_no_line():
    pieces = [piece for word in ["Because"] * 6 for piece in (word, " ")]
    lines = printed(lambda: list(ScriptedChatModel(pieces, name="m").stream("")), width=40)
    assert lines[1:-1] == ["│ m ┆ Because Because Because", "│   ┆ Because Because Because"]

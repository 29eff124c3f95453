"""The command line: `eventflow demo` shows, without a key or a network, what eventflow is about."""

from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from eventflow.bus import subscribe
from eventflow.errors import EventflowError
from eventflow.models import BaseChatModel, ScriptedChatModel, init_chat_model
from eventflow.parsers import StrOutputParser
from eventflow.prompts import ChatPromptTemplate
from eventflow.runnables import Runnable
from eventflow.subscribers import ConsoleTree, JsonLines
from eventflow.subscribers.ink import Shade, Span, painted, wants_color
from eventflow.subscribers.text import escaped
from eventflow.subscribers.typing_line import TypingLine

__all__ = ("main",)

WRONG_USE: Final = 2
FAILED: Final = 1
INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141
"""What the shell itself says of a program that was ended by a closed pipe."""

QUESTION: Final = "Why do we stream the answers of language models?"
ANSWER: Final = (
    "Because reading takes time, and so does writing. A model makes its answer one token after another; "
    "if you show each token when it is there, people read along instead of waiting. And if every step tells "
    "what it is doing, you can show that, too."
)
SAME_ANSWER: Final = "I am only a script and say the same to everyone: "
DELAY: Final = 0.03
FIRST_TOKEN: Final = 8
"""A model thinks about its first token as long as it takes for so many others."""


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Arguments:
        arguments: what follows the command; those of the process if None.

    Returns:
        The exit code: 0, 1 if a run failed, 2 for wrong use, 130 if interrupted, 141 if nobody reads on.
    """
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = _run(_parser().parse_args(arguments))
        sys.stdout.flush()
    except UsageError as error:
        code = _complain(error, WRONG_USE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes it once more
        code = PIPE_CLOSED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # of the provider: no key that fits, no network, …
        code = _complain(f"{type(error).__name__}: {error}", FAILED)
    return code


def _complain(what: object, code: int) -> int:
    print(f"eventflow: {escaped(str(what))}", file=sys.stderr)
    return code


def _run(options: argparse.Namespace) -> int:
    if options.version:
        from importlib.metadata import version

        print(f"eventflow {version('eventflow')}")
    elif options.command == "demo":
        _demo(options)
    else:
        _parser().print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventflow", description="Typed event streams for LLM applications."
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="watch a chain run",
        description="Run prompt | model | parser: its events as a live tree, then its text token by token.",
    )
    demo.add_argument("--question", default=QUESTION, metavar="TEXT", help="what to ask")
    demo.add_argument(
        "--model",
        metavar="PROVIDER:NAME",
        help="ask a real model, such as openai:gpt-4o-mini, instead of the script",
    )
    demo.add_argument("--json", action="store_true", help="print the events, one a line, and nothing else")
    demo.add_argument(
        "--delay",
        type=_seconds,
        default=DELAY,
        metavar="SECONDS",
        help="how long the script takes for a token (default %(default)s)",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


# ---- the demo


def _demo(options: argparse.Namespace) -> None:
    scripted = options.model is None
    model = _script(options.question, options.delay) if scripted else _provided(options.model)
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Answer in a few sentences."), ("human", "{question}")]
    )
    chain = prompt | model | StrOutputParser()
    given = {"question": options.question}
    if options.json:
        _tell(chain, given, JsonLines(sys.stdout))
        return
    page = _Page()
    page.say("Every step of a chain tells what it does:")
    page.show(
        "chain = prompt | model | StrOutputParser()",
        "with subscribe(ConsoleTree()):",
        "    tokens = list(chain.stream(question))",
    )
    _tell(chain, given, ConsoleTree())
    if not scripted:  # it is asked once, and its text stands in the tree
        return
    page.say("And if it is only the text that you want:")
    page.show("for token in chain.stream(question):", '    print(token, end="", flush=True)')
    page.type(chain.stream(given))
    page.say("What next?")
    page.hint("eventflow demo --json", "the events as lines of JSON")
    page.hint("eventflow demo --model openai:gpt-4o-mini", "a real model; needs a key")


def _tell(chain: Runnable[Any, str], given: dict[str, str], subscriber: ConsoleTree | JsonLines) -> None:
    """Run the chain for its events; whatever the subscriber raises, such as BrokenPipeError, ends it."""
    with subscribe(subscriber, on_error="raise"):
        for _ in chain.stream(given):
            pass


def _script(question: str, delay: float) -> BaseChatModel:
    """A model that takes its time for each token, and more for the first one."""
    text = ANSWER if question == QUESTION else SAME_ANSWER + ANSWER
    turn: list[str | float] = [FIRST_TOKEN * delay]
    for token in re.findall(r"\s*\w{1,6}|\W", text):
        turn += [token, delay]
    return ScriptedChatModel(turn, loop=True)


def _provided(name: str) -> BaseChatModel:
    """The real model that `provider:model` names. Raises UsageError if it cannot be had."""
    try:
        return init_chat_model(name)
    except (ValueError, EventflowError) as error:
        raise UsageError(f"--model {name!r} cannot be asked: {error}") from error


class _Page:
    """What stands around the tree: a line of explanation, the code that does it, and text as it comes."""

    def __init__(self) -> None:
        self._color = wants_color(sys.stdout)
        self._width = min(shutil.get_terminal_size((80, 24)).columns, 100)

    def say(self, text: str) -> None:
        print("\n" + self._paint(text, "bold") + "\n", flush=True)

    def show(self, *code: str) -> None:
        for line in code:
            print("    " + self._paint(line, "cyan"))
        print(flush=True)

    def type(self, tokens: Iterable[str]) -> None:
        line = TypingLine("", self._width)
        try:
            for token in tokens:
                print(line.type(token), end="", flush=True)
        finally:  # also when interrupted, for the shell's next line
            print()

    def hint(self, command: str, what: str) -> None:
        print(f"    {self._paint(f'{command:<42}', 'cyan')} {self._paint('# ' + what, 'dim')}", flush=True)

    def _paint(self, text: str, shade: Shade) -> str:
        return painted(Span(text, shade), self._color)

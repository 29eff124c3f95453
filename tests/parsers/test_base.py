"""Parsers of one's own: what they are given, what they give, and how they run."""

import threading

import pytest

from eventflow.bus import listen
from eventflow.errors import OutputParserException
from eventflow.messages import AIMessage, HumanMessage, StringPromptValue
from eventflow.models import ScriptedChatModel
from eventflow.parsers import BaseGenerationOutputParser, BaseOutputParser


class Number(BaseOutputParser[int]):
    """A parser as users write them."""

    base: int = 10

    def parse(self, text):
        try:
            return int(text, self.base)
        except ValueError as error:
            raise OutputParserException(f"no number: {text!r}", llm_output=text) from error

    def get_format_instructions(self):
        return "Answer with a number."


class ToolNames(BaseGenerationOutputParser[list]):
    def parse_result(self, result, *, partial=False):
        return [call["name"] for call in result[0].message.tool_calls]


CALL = {"name": "add", "args": {}, "id": "1"}


@pytest.mark.parametrize(
    "input", ["42", AIMessage("42"), HumanMessage("42"), AIMessage([{"type": "text", "text": "42"}])]
)
async def test_text_and_messages_are_parsed(input):
    parser = Number()
    assert parser.invoke(input) == await parser.ainvoke(input) == 42
    assert list(parser.stream(input)) == [chunk async for chunk in parser.astream(input)] == [42]


@pytest.mark.parametrize("input", [5, None, {"a": 1}, [AIMessage("42")]])
async def test_other_input_is_refused(input):
    with pytest.raises(ValueError, match=f"takes text or a message, not {type(input).__name__}"):
        Number().invoke(input)
    with pytest.raises(ValueError, match="takes text or a message"):
        await Number().ainvoke(input)


def test_what_is_not_as_expected_is_an_error_with_the_text():
    with pytest.raises(OutputParserException, match="no number") as caught:
        (ScriptedChatModel("many") | Number()).invoke("how many?")
    assert caught.value.llm_output == "many"


def test_the_whole_message_can_be_parsed():
    assert (ScriptedChatModel(["Adding. ", CALL]) | ToolNames()).invoke("x") == ["add"]


def test_a_stream_is_collected_first():
    chain = ScriptedChatModel(["4", "2"], ["Adding", CALL]) | Number()
    assert list(chain.stream("x")) == [42]
    assert list((chain.first | ToolNames()).stream("x")) == [["add"]]


def test_fields_are_checked():
    assert Number(base=16).invoke("2a") == 42
    with pytest.raises(ValueError, match="base"):
        Number(base="many")


def test_events():
    with listen() as events:
        Number().invoke("42")
    start, end = events
    assert (start["event"], start["name"], start["data"]) == ("on_parser_start", "Number", {"input": "42"})
    assert (end["event"], end["data"]["output"]) == ("on_parser_end", 42)


async def test_other_ways_to_call_it():
    parser = Number()
    assert await parser.aparse("1") == 1
    assert parser.parse_with_prompt("2", StringPromptValue("?")) == 2
    assert parser.get_format_instructions() == "Answer with a number."
    assert parser._type == "Number"


def test_no_instructions_say_what_to_override():
    class Bare(BaseOutputParser[str]):
        def parse(self, text):
            return text

    with pytest.raises(NotImplementedError, match="override get_format_instructions"):
        Bare().get_format_instructions()


@pytest.mark.parametrize("base", [BaseOutputParser, BaseGenerationOutputParser])
def test_a_parser_must_say_how_it_parses(base):
    with pytest.raises(TypeError, match="abstract"):
        base()


class Where(BaseOutputParser[str]):
    def parse(self, text):
        return threading.current_thread().name


class BlockingWhere(Where):
    blocking = True


async def test_parsing_is_inline_unless_it_may_block():
    here = threading.current_thread().name
    assert await Where().ainvoke("x") == await Where().aparse("x") == here
    assert await BlockingWhere().ainvoke("x") != here
    assert await BlockingWhere().aparse("x") != here
    assert BlockingWhere().invoke("x") == here

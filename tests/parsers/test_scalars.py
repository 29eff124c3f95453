"""One value: yes or no, one of several, a date and time."""

import re
from datetime import datetime
from enum import Enum

import pytest
from pydantic import ValidationError

from eventflow.errors import OutputParserException
from eventflow.parsers import BooleanOutputParser, DatetimeOutputParser, EnumOutputParser


class Colour(Enum):
    RED = "red"
    GREEN = "green"


def failure(parser, text):
    with pytest.raises(OutputParserException) as caught:
        parser.invoke(text)
    assert caught.value.llm_output == text
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"), [("YES", True), ("no.", False), ("Yes, nothing else", True), ("I say: No!", False)]
)
def test_yes_or_no(text, value):
    assert BooleanOutputParser().invoke(text) is value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Yes and no", "both 'YES' and 'NO'"),
        ("Yesterday", "neither 'YES' nor 'NO'"),
        ("", "neither 'YES' nor 'NO'"),
    ],
)
def test_neither_yes_nor_no(text, why):
    assert f"the answer says {why}" in failure(BooleanOutputParser(), text)


def test_other_words_for_yes_and_no():
    parser = BooleanOutputParser(true_val="+1", false_val="wrong")
    assert parser.invoke("+1 from me") is True
    assert parser.invoke("Wrong") is False
    assert parser.get_format_instructions() == "Answer with +1 or wrong, and with nothing else."


def test_one_of_several():
    parser = EnumOutputParser(enum=Colour)
    assert parser.invoke("red\n") is Colour.RED
    assert failure(parser, "blue") == "the answer 'blue' is not one of these: red, green"
    assert parser.get_format_instructions().endswith(": red, green")
    assert parser.OutputType is Colour


def test_an_enum_has_texts():
    with pytest.raises(ValidationError, match="give an enum whose values are texts"):
        EnumOutputParser(enum=Enum("Number", {"ONE": 1}))


def test_a_date_and_time():
    parser = DatetimeOutputParser()
    assert parser.invoke(" 1969-07-20T20:17:40.000000Z ") == datetime(1969, 7, 20, 20, 17, 40)
    assert "is not written as" in failure(parser, "yesterday")


@pytest.mark.parametrize("format", [DatetimeOutputParser().format, "%d.%m.%Y", "%H:%M"])
def test_the_examples_of_dates_can_be_read(format):
    parser = DatetimeOutputParser(format=format)
    examples = re.search("For example: (.*)", parser.get_format_instructions()).group(1).split(", ")
    assert len({parser.invoke(example) for example in examples}) == 3

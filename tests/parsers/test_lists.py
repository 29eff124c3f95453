"""Lists: each item when it is complete, the same items however the text is cut."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.messages import AIMessage, AIMessageChunk
from eventflow.models import ScriptedChatModel
from eventflow.parsers import (
    CommaSeparatedListOutputParser,
    ListOutputParser,
    MarkdownListOutputParser,
    NumberedListOutputParser,
)
from eventflow.runnables import RunnableGenerator, RunnableLambda
from parsers.cuts import cuts_of, results

COMMAS, NUMBERS, BULLETS = (
    CommaSeparatedListOutputParser(),
    NumberedListOutputParser(),
    MarkdownListOutputParser(),
)


class Words(ListOutputParser):
    def parse(self, text):
        return text.split()


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", []),
        ("red", ["red"]),
        ("red, green,blue", ["red", "green", "blue"]),
        ("red\ngreen, blue\n", ["red", "green", "blue"]),
        ("red\r\n\r\ngreen", ["red", "green"]),
        ('red, "green, or so", "say ""blue"""', ["red", "green, or so", 'say "blue"']),
        ('"two\nlines", one', ["two\nlines", "one"]),
        ('a "b" c, "d" e', ['a "b" c', "d e"]),
        ('"never closed, red', ["never closed, red"]),
        ("red,, green,", ["red", "", "green", ""]),
    ],
)
async def test_between_commas(text, items):
    assert COMMAS.invoke(text) == items
    assert await results(COMMAS, text) == [[item] for item in items]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("nothing here", []),
        ("Colours:\n1. red\n2. green\n\n3. blue\nThat is all.", ["red", "green", "blue"]),
        ("  10. ten", ["ten"]),
        ("1. red\r\n2. green\r\n", ["red", "green"]),
        ("1. red\n2.\n3. green", ["red", "green"]),
        ("1. red\n2. ", ["red"]),
    ],
)
async def test_numbered(text, items):
    assert NUMBERS.invoke(text) == items
    assert await results(NUMBERS, text) == [[item] for item in items]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("nothing - here", []),
        ("Colours:\n- red\n  * green\n\n-blue\n- dark - blue", ["red", "green", "dark - blue"]),
        ("- red\n-\n- green", ["red", "green"]),
    ],
)
async def test_with_bullets(text, items):
    assert BULLETS.invoke(text) == items
    assert await results(BULLETS, text) == [[item] for item in items]


@pytest.mark.parametrize(
    ("parser", "texts", "left"),
    [
        (COMMAS, ["re", "d,", " green", ", bl"], [" green", ", bl"]),
        (COMMAS, ["red\n", "gr"], ["gr"]),
        (COMMAS, ['"re', "d, ", 'or so",', "gr"], ["gr"]),
        (NUMBERS, ["1. re", "d\n2. gre", "en\n"], ["en\n"]),
        (BULLETS, ["- re", "d\n", "- gr"], ["- gr"]),
    ],
)
def test_an_item_is_given_as_soon_as_it_is_complete(parser, texts, left):
    seen = iter(texts)
    next(parser.transform(seen))
    assert list(seen) == left


async def test_a_pattern_of_ones_own():
    parser = NumberedListOutputParser(pattern=r"\d+\) (.+)")
    assert await results(parser, ["1) re", "d\n2) green"]) == [["red"], ["green"]]
    assert [match.group(1) for match in parser.parse_iter("1) red")] == ["red"]


async def test_a_parser_of_ones_own_gives_items_at_the_end():
    assert Words().invoke("a b c") == ["a", "b", "c"]
    assert await results(Words(), ["a b", "c"]) == [["a"], ["bc"]]


def test_items_add_up_in_a_chain():
    chain = ScriptedChatModel(["re", "d, gr", "een"], loop=True) | COMMAS
    assert chain.invoke("") == ["red", "green"]
    assert list(chain.stream("")) == [["red"], ["green"]]
    assert list((chain | RunnableLambda(len)).stream("")) == [2]


class Growing(RunnableGenerator):
    """Gives text that replaces the text before."""

    def gives_snapshots(self, fed):
        return True


async def test_of_text_that_is_replaced_the_last_counts():
    def grow(chunks):
        for _ in chunks:
            yield "1. re"
            yield "1. red\n2. green"

    async def agrow(chunks):
        async for _ in chunks:
            yield "1. re"
            yield "1. red\n2. green"

    assert await results(Growing(grow, agrow) | NUMBERS, ["x"]) == [["red"], ["green"]]


@pytest.mark.parametrize("parser", [COMMAS, NUMBERS, BULLETS])
def test_messages_are_read_as_text(parser):
    text = "1. red\n- green"
    assert parser.invoke(AIMessage(text)) == parser.invoke(text)
    assert list(parser.transform(iter([AIMessageChunk(text)]))) == [[item] for item in parser.invoke(text)]


@pytest.mark.parametrize("parser", [COMMAS, NUMBERS, BULLETS])
def test_the_format_instructions_show_what_is_read(parser):
    told = parser.get_format_instructions()
    example = re.search(r"like this:\s+`?(.*?)`?\Z", told, re.DOTALL).group(1)
    assert parser.parse(example) == ["foo", "bar", "baz"]


WRITTEN = st.lists(
    st.sampled_from(["a", "b b", ",", ", ", '"', "\n", "\r\n", "1. ", "12.", "- ", "* ", " ", "\t", "é"]),
    max_size=12,
).map("".join)


@given(WRITTEN.flatmap(lambda text: st.tuples(st.just(text), cuts_of(text))))
async def test_any_pieces_give_what_the_whole_gives(drawn):
    text, pieces = drawn
    for parser in (COMMAS, NUMBERS, BULLETS, Words()):
        assert await results(parser, pieces) == [[item] for item in parser.invoke(text)]


# ---- cost


def test_the_work_is_linear_in_the_text():
    class Counting(NumberedListOutputParser):
        def parse_iter(self, text):
            seen.append(len(text))
            return super().parse_iter(text)

    seen = []
    text = "prose without items, " * 50 + "\n" + "prose\n" * 200
    list(Counting().transform(iter(text)))
    assert sum(seen) <= len(text)

"""XML: a tree of dictionaries, leaf by leaf, and nothing that could do harm."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.errors import OutputParserException
from eventflow.events import AddableDict, fold
from eventflow.models import ScriptedChatModel
from eventflow.parsers import XMLOutputParser
from eventflow.runnables import RunnableLambda
from parsers.cuts import cuts_of, results

XML = XMLOutputParser()

FILM = "<film><title>Big</title><cast><actor>Tom</actor><actor>Liz</actor></cast><year>1988</year></film>"
FILM_TREE = {"film": [{"title": "Big"}, {"cast": [{"actor": "Tom"}, {"actor": "Liz"}]}, {"year": "1988"}]}


async def test_a_tree():
    assert XML.invoke(FILM) == FILM_TREE
    assert await XML.ainvoke(FILM) == FILM_TREE


async def test_leaves_when_they_end():
    assert await results(XML, FILM) == [
        {"film": [{"title": "Big"}]},
        {"film": [{"cast": [{"actor": "Tom"}]}]},
        {"film": [{"cast": [{"actor": "Liz"}]}]},
        {"film": [{"year": "1988"}]},
    ]
    seen = iter(["<film><title>Bi", "g</titl", "e>", "<year>"])
    assert next(XML.transform(seen)) == {"film": [{"title": "Big"}]}
    assert list(seen) == ["<year>"]


async def test_leaves_are_dictionaries_that_can_be_added():
    leaves = await results(XML, FILM)
    assert all(type(leaf) is AddableDict for leaf in leaves)
    assert leaves[0] + leaves[1] + leaves[2] + leaves[3] == FILM_TREE
    assert fold(leaves) == FILM_TREE
    assert fold(copy.deepcopy(leaves)) == FILM_TREE
    assert json.loads(json.dumps(leaves[1])) == leaves[1]


def test_they_add_up_in_a_chain():
    chain = ScriptedChatModel([FILM[:30], FILM[30:]], loop=True) | XML
    assert chain.invoke("") == FILM_TREE
    assert list((chain | RunnableLambda(lambda tree: tree)).stream("")) == [FILM_TREE]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("<a/>", {"a": []}),
        ("<a> </a>", {"a": []}),
        ("<a>1</a>", {"a": "1"}),
        ("<a><b/><c></c><d> </d></a>", {"a": [{"b": None}, {"c": None}, {"d": " "}]}),
        ("<a>\n <b>\n1</b> and\n</a>", {"a": [{"b": "\n1"}]}),
        ("<a x='1'>text<b>left out<c/></b>, too<d/></a>", {"a": "text"}),
        ("<a><b>text<c/></b><d>1</d></a>", {"a": [{"b": "text"}, {"d": "1"}]}),
        ("<a>1 &lt; 2 &amp; <![CDATA[<3>]]></a>", {"a": "1 < 2 & <3>"}),
        ("<a><!-- > --><b>1 > 0</b><?x > ?></a>", {"a": [{"b": "1 > 0"}]}),
        ("<n:a xmlns:n='u'><n:b>é</n:b></n:a>", {"{u}a": [{"{u}b": "é"}]}),
        ('<?xml version="1.0" encoding="utf-16"?>\n<a>é</a>', {"a": "é"}),
        ("Here, 1 < 2:\n```xml\n<a>1</a>\n```\nand <b> is bold", {"a": "1"}),
        ("<a>1</a>\n\nThat is -> all & <3.", {"a": "1"}),
    ],
)
async def test_what_stands_for_what(text, tree):
    assert XML.invoke(text) == tree
    assert fold(await results(XML, text)) == tree


# ---- bad answers


async def failure(text):
    """How it fails, whole and in pieces."""
    with pytest.raises(OutputParserException) as whole:
        XML.invoke(text)
    assert whole.value.llm_output == text
    with pytest.raises(OutputParserException):
        await results(XML, [*text] or [""])
    return str(whole.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is none"),
        ("no XML", "there is none"),
        ("1 < 2", "there is none"),
        ("<a", "there is none"),
        ("<a><b>1</b>", "no element found"),
        ("<a><b></a>", "mismatched tag"),
        ("<a>a & b</a>", "not well-formed"),
        ("<a>\ud800</a>", "surrogates not allowed"),
        ("<a>1</a><b>2</b>", "there is more than one document: put one element around all"),
        ("<a>1</a> and <b>2</b>", "there is more than one document: put one element around all"),
        ("<a>" * 201, "more than 200 elements are open at once"),
    ],
)
async def test_what_is_no_document(text, why):
    assert why in await failure(text)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        f'<!DOCTYPE l [<!ENTITY l0 "ha">{LAUGHS}]><l>&l9;</l>',
        '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a>1</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><a>1</a>',
        "<!DOCTYPE a><a>1</a>",
    ],
    ids=["billion laughs", "file", "network", "parameter", "harmless"],
)
async def test_a_document_type_is_refused(text):
    assert "it declares a document type" in await failure(text)


async def test_unknown_entities_are_refused():
    assert "undefined entity" in await failure("<a>&x;</a>")


def test_the_leaves_before_a_fault_are_given():
    reading = XML.transform(iter(["<a><b>1</b>", "</c>"]))
    assert next(reading) == {"a": [{"b": "1"}]}
    with pytest.raises(OutputParserException, match="mismatched tag"):
        next(reading)


async def test_nothing_in_nothing_out():
    assert await results(XML, []) == []


def test_the_format_instructions_name_the_tags():
    assert "Use these tags: film, year." in XMLOutputParser(tags=["film", "year"]).get_format_instructions()
    assert "Choose the tags yourself." in XML.get_format_instructions()


# ---- laws


def written(tree):
    """A tree as XML: (tag, text or None, children)."""
    tag, text, children = tree
    inner = (text or "").replace("&", "&amp;").replace("<", "&lt;") + "".join(map(written, children))
    return f"<{tag}>{inner}</{tag}>" if inner else f"<{tag}/>"


TREES = st.recursive(
    st.tuples(st.sampled_from("ab"), st.none() | st.text("x> \n&<é", max_size=4), st.just([])),
    lambda trees: st.tuples(st.sampled_from("ab"), st.none() | st.just(" "), st.lists(trees, max_size=3)),
    max_leaves=8,
)


@given(TREES.map(written).flatmap(lambda text: st.tuples(st.just(text), cuts_of(text))))
async def test_any_pieces_add_up_to_the_whole(drawn):
    text, pieces = drawn
    assert fold(await results(XML, pieces)) == XML.invoke(text)

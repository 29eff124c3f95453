"""Prompts of several messages."""

import pytest

from eventflow.messages import AIMessage, ChatPromptValue, HumanMessage, SystemMessage
from eventflow.prompts import (
    AIMessagePromptTemplate,
    BaseChatPromptTemplate,
    ChatPromptTemplate,
    HumanMessagePromptTemplate,
    MessagesPlaceholder,
    PromptTemplate,
    SystemMessagePromptTemplate,
)

SYSTEM = SystemMessagePromptTemplate.from_template("You speak {language}.")
HUMAN = HumanMessagePromptTemplate.from_template("{question}")


def talk(*more, **fields):
    return ChatPromptTemplate(
        [("system", "You speak {language}."), ("placeholder", "{history}"), ("human", "{question}"), *more],
        **fields,
    )


@pytest.mark.parametrize(
    ("message", "is_"),
    [
        (("system", "You speak {language}."), SYSTEM),
        (("human", "{question}"), HUMAN),
        (("user", "{question}"), HUMAN),
        ((HumanMessage, "{question}"), HUMAN),
        ("{question}", HUMAN),
        ({"role": "user", "content": "{question}"}, HUMAN),
        (("ai", "Hi"), AIMessagePromptTemplate.from_template("Hi")),
        (("assistant", "Hi"), AIMessagePromptTemplate.from_template("Hi")),
        (("human", ["{question}"]), HumanMessagePromptTemplate.from_template(["{question}"])),
        (("placeholder", "{history}"), MessagesPlaceholder("history", optional=True)),
        (HUMAN, HUMAN),
        (MessagesPlaceholder("history"), MessagesPlaceholder("history")),
        (HumanMessage("{as it is}"), HumanMessage("{as it is}")),
        (ChatPromptTemplate([SYSTEM, HUMAN]), ChatPromptTemplate([SYSTEM, HUMAN])),
    ],
)
def test_what_a_message_may_be(message, is_):
    prompt = ChatPromptTemplate.from_messages([message])
    assert prompt.messages == [is_]
    assert prompt == ChatPromptTemplate([message]) == ChatPromptTemplate(messages=[message])


@pytest.mark.parametrize(
    ("message", "error", "text"),
    [
        (("clown", "x"), ValueError, "Unexpected message type 'clown' in a chat prompt: use one of 'ai'"),
        (("tool", "x"), ValueError, "use one of"),
        ((["system"], "x"), ValueError, "use one of"),
        (("a", "b", "c"), ValueError, r"a message as a tuple is \(role, template\)"),
        ({"role": "user"}, ValueError, "has the keys 'role' and 'content'"),
        ({"role": "user", "content": "x", "id": "1"}, ValueError, "has the keys 'role' and 'content'"),
        (("human", 5), ValueError, "is text or a list of blocks"),
        (("human", PromptTemplate.from_template("x")), ValueError, "is text or a list of blocks"),
        (("human", "{a.b}"), ValueError, "reads an attribute"),
        (["human", "x"], NotImplementedError, "list is no message of a chat prompt"),
        (5, NotImplementedError, "int is no message of a chat prompt"),
        (None, NotImplementedError, "NoneType is no message"),
        (PromptTemplate.from_template("x"), NotImplementedError, "PromptTemplate is no message"),
    ],
)
def test_what_a_message_may_not_be(message, error, text):
    with pytest.raises(error, match=text):
        ChatPromptTemplate([message])


@pytest.mark.parametrize("messages", ["hello", {"role": "human", "content": "x"}])
def test_one_message_is_no_list_of_messages(messages):
    with pytest.raises(TypeError, match="expected a list of messages"):
        ChatPromptTemplate(messages)


def test_variables_are_those_of_the_messages():
    prompt = talk(
        MessagesPlaceholder("needed"), HumanMessage("{none}"), partial_variables={"language": "Dutch"}
    )
    assert prompt.input_variables == ["needed", "question"]
    assert prompt.optional_variables == ["history"]
    assert prompt.partial_variables == {"history": [], "language": "Dutch"}


def test_formats_its_messages():
    literal = HumanMessage("{literal}", id="1")
    prompt = talk(literal)
    history = [AIMessage("Hi", id="2"), ("human", "Hello")]
    messages = prompt.format_messages(language="Dutch", question="Who?", history=history)
    assert messages == [
        SystemMessage("You speak Dutch."),
        history[0],
        HumanMessage("Hello"),
        HumanMessage("Who?"),
        literal,
    ]
    assert (messages[1] is history[0], messages[4] is literal) == (True, True)


def test_optional_messages_may_be_missing():
    assert talk().format(language="Dutch", question="Who?") == "System: You speak Dutch.\nHuman: Who?"


def test_invoke_gives_a_prompt_value():
    value = talk().invoke({"language": "Dutch", "question": "Who?"})
    assert value == ChatPromptValue(messages=[SystemMessage("You speak Dutch."), HumanMessage("Who?")])
    assert talk().partial(language="Dutch").invoke("Who?") == value


async def test_the_async_forms_give_the_same():
    prompt = talk(ChatPromptTemplate(["{inner}"]))
    values = {"language": "Dutch", "question": "Who?", "inner": "x", "history": ["a"]}
    assert await prompt.aformat(**values) == prompt.format(**values)
    assert await prompt.aformat_messages(**values) == prompt.format_messages(**values)
    assert await prompt.aformat_prompt(**values) == prompt.format_prompt(**values)
    assert await prompt.ainvoke(values) == prompt.invoke(values)


def test_missing_variables_are_named():
    with pytest.raises(KeyError, match=r"ChatPromptTemplate is missing variables \{'question'\}"):
        talk().invoke({"language": "Dutch"})
    with pytest.raises(KeyError, match=r"missing variables \{'question'\}"):
        talk().format_messages(language="Dutch")


def test_every_message_is_new():
    prompt = ChatPromptTemplate(["{x}"])
    assert prompt.invoke("a").messages[0] is not prompt.invoke("a").messages[0]


def test_from_template_is_one_message_of_the_human():
    prompt = ChatPromptTemplate.from_template(
        "{{a}}{{b}}", template_format="mustache", partial_variables={"b": 2}
    )
    assert prompt.input_variables == ["a"]
    assert prompt.invoke("1").messages == [HumanMessage("12")]


def test_knows_the_formats():
    prompt = ChatPromptTemplate.from_messages([("human", "{{a}} {b}"), ("placeholder", "{{h}}")], "mustache")
    assert prompt.input_variables == ["a"]
    assert prompt.optional_variables == ["h"]
    assert prompt.invoke("x").messages == [HumanMessage("x {b}")]
    with pytest.raises(ValueError, match="template format 'fun'"):
        ChatPromptTemplate([("human", "x")], template_format="fun")


def test_partial_makes_another_prompt():
    prompt = talk(name="talk")
    other = prompt.partial(language=lambda: "Dutch", history=["a"])
    other.append("{more}")
    assert (prompt.input_variables, len(prompt), other.name) == (["language", "question"], 3, "talk")
    assert other.input_variables == ["more", "question"]
    assert [m.text for m in other.format_messages(question="q", more="m")] == [
        "You speak Dutch.",
        "a",
        "q",
        "m",
    ]


def test_grows_in_place_and_knows_its_variables():
    prompt = ChatPromptTemplate([])
    prompt.append(("human", "{a}"))
    prompt.extend(["{b}", MessagesPlaceholder("c"), ("placeholder", "{d}")])
    assert len(prompt) == 4
    assert (prompt.input_variables, prompt.optional_variables) == (["a", "b", "c"], ["d"])
    assert prompt.format(a=1, b=2, c=[]) == "Human: 1\nHuman: 2"


@pytest.mark.parametrize(
    ("other", "added"),
    [
        (HUMAN, [HUMAN]),
        (HumanMessage("m"), [HumanMessage("m")]),
        (MessagesPlaceholder("h"), [MessagesPlaceholder("h")]),
        ("{question}", [HUMAN]),
        (("human", "{question}"), [HUMAN]),
        ({"role": "human", "content": "{question}"}, [HUMAN]),
        (["{question}", HumanMessage("m")], [HUMAN, HumanMessage("m")]),
        (("{question}", HumanMessage("m")), [HUMAN, HumanMessage("m")]),
        ([("human", "{question}")], [HUMAN]),
        (ChatPromptTemplate([HUMAN]), [HUMAN]),
    ],
)
def test_adds_messages(other, added):
    prompt = ChatPromptTemplate([SYSTEM], name="n", partial_variables={"language": "Dutch"})
    more = prompt + other
    assert more.messages == [SYSTEM, *added]
    assert (more.name, more.partial_variables) == ("n", {"language": "Dutch"})
    assert prompt.messages == [SYSTEM]
    if not isinstance(other, ChatPromptTemplate):
        assert (other + prompt).messages == [*added, SYSTEM]


def test_adds_partial_variables():
    one = ChatPromptTemplate(["{a}{b}"], partial_variables={"a": 1})
    two = ChatPromptTemplate(["{a}{c}"], partial_variables={"a": 2, "c": 3})
    assert (one + two).input_variables == ["b"]
    assert (one + two).format(b=0) == "Human: 20\nHuman: 23"


@pytest.mark.parametrize("other", [5, None, PromptTemplate.from_template("x")])
def test_refuses_to_add_what_is_no_message(other):
    with pytest.raises(TypeError, match="unsupported operand"):
        ChatPromptTemplate([HUMAN]) + other


def test_has_messages_by_index():
    prompt = talk(partial_variables={"language": "Dutch"})
    assert (len(prompt), prompt[0], prompt[-1]) == (3, SYSTEM, HUMAN)
    assert isinstance(prompt[1:], ChatPromptTemplate)
    assert prompt[2:].messages == [HUMAN]
    assert prompt[:1].format() == "System: You speak Dutch."
    assert prompt[2:].input_variables == ["question"]


def test_prompts_in_prompts_keep_their_partial_variables():
    inner = ChatPromptTemplate(["{a}{b}", ("placeholder", "{h}")], partial_variables={"a": 1})
    outer = ChatPromptTemplate([inner, "{c}"])
    assert outer.input_variables == ["b", "c"]
    assert outer.format(b=2, c=3) == "Human: 12\nHuman: 3"


def test_the_input_schema_tells_messages_from_text():
    schema = talk().get_input_schema().model_json_schema()
    assert schema["required"] == ["language", "question"]
    assert schema["properties"]["language"] == {"title": "Language", "type": "string"}
    assert schema["properties"]["history"]["type"] == "array"
    assert talk().get_input_schema()(language="a", question="b", history=[{"role": "human", "content": "x"}])


def test_is_printed(capsys):
    prompt = ChatPromptTemplate([("system", "S {a}"), HumanMessage("lit {b}"), MessagesPlaceholder("h")])
    text = """\
================================ System Message ================================

S {a}

================================ Human Message =================================

lit {b}

============================= Messages Placeholder =============================

{h}"""
    assert prompt.pretty_repr() == text
    prompt.pretty_print()
    assert capsys.readouterr().out == text + "\n"
    assert "\x1b[1m Human Message \x1b[0m" in prompt.pretty_repr(html=True)


class Echo(BaseChatPromptTemplate):
    def format_messages(self, **kwargs):
        return [HumanMessage(kwargs["x"])]


async def test_a_chat_prompt_of_ones_own():
    prompt = Echo(input_variables=["x"])
    assert prompt.invoke("a").messages == (await prompt.ainvoke("a")).messages == [HumanMessage("a")]
    assert (prompt.format(x="a"), await prompt.aformat(x="a")) == ("Human: a", "Human: a")
    assert ChatPromptTemplate([prompt, "{y}"]).invoke({"x": "a", "y": "b"}).messages[0] == HumanMessage("a")
    assert prompt.pretty_repr() == "Echo(input_variables=['x'])"


class Polite(ChatPromptTemplate):
    thanks: str = "Please."

    def format_messages(self, **kwargs):
        return [*super().format_messages(**kwargs), HumanMessage(self.thanks)]


async def test_what_a_subclass_overrides_is_heard_everywhere():
    prompt = Polite(["{x}"], thanks="Danke.").partial(x="a")
    expected = [HumanMessage("a"), HumanMessage("Danke.")]
    assert prompt.invoke({}).messages == (await prompt.ainvoke({})).messages == expected
    assert await prompt.aformat_messages() == expected
    assert isinstance(prompt + "x", Polite)

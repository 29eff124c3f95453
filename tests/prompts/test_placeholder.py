"""The place of messages that are an input."""

import pytest

from eventflow.messages import AIMessage, HumanMessage
from eventflow.prompts import ChatPromptTemplate, MessagesPlaceholder


def test_is_replaced_by_the_messages_of_the_input():
    message = HumanMessage("hi", id="1")
    messages = MessagesPlaceholder("history").format_messages(history=[message, ("ai", "a"), "b"], other=1)
    assert messages == [message, AIMessage("a"), HumanMessage("b")]
    assert messages[0] is message


def test_gives_a_list_of_its_own():
    history = [HumanMessage("hi")]
    MessagesPlaceholder("history").format_messages(history=history).append(HumanMessage("more"))
    assert len(history) == 1


@pytest.mark.parametrize(("n", "texts"), [(1, ["c"]), (2, ["b", "c"]), (9, ["a", "b", "c"])])
def test_takes_the_last_messages_only(n, texts):
    messages = MessagesPlaceholder("history", n_messages=n).format_messages(history=["a", "b", "c"])
    assert [message.text for message in messages] == texts


def test_may_be_optional():
    needed, optional = MessagesPlaceholder("h"), MessagesPlaceholder("h", optional=True)
    assert (needed.input_variables, needed.optional_variables) == (["h"], [])
    assert (optional.input_variables, optional.optional_variables) == ([], ["h"])
    assert optional.format_messages() == []
    with pytest.raises(KeyError, match=r"missing variables \{'h'\}"):
        needed.format_messages()


@pytest.mark.parametrize("value", ["text", HumanMessage("x"), (HumanMessage("x"),), None, 5])
def test_takes_lists_only(value):
    with pytest.raises(ValueError, match="placeholder 'h' takes a list of messages"):
        MessagesPlaceholder("h", optional=True).format_messages(h=value)


@pytest.mark.parametrize(
    ("content", "template_format", "name", "optional"),
    [
        ("{history}", "f-string", "history", True),
        ("{ history }", "f-string", "history", True),
        (["{history}", True], "f-string", "history", True),
        (["{history}", False], "f-string", "history", False),
        ("{{history}}", "mustache", "history", True),
        ("{history}", "mustache", "history", True),
        ("{{ history }}", "jinja2", "history", True),
    ],
)
def test_is_written_as_a_message(content, template_format, name, optional):
    prompt = ChatPromptTemplate([("placeholder", content)], template_format=template_format)
    assert prompt.messages == [MessagesPlaceholder(name, optional=optional)]


@pytest.mark.parametrize(
    "content", ["history", "{}", "{a}{b}", "{{history}}", ["{h}"], ["{h}", 1], 5, ["h", True]]
)
def test_other_contents_are_refused(content):
    with pytest.raises(ValueError, match="the content of a placeholder is"):
        ChatPromptTemplate([("placeholder", content)])


@pytest.mark.parametrize("n", [0, -1])
def test_takes_at_least_one_message(n):
    with pytest.raises(ValueError, match="greater than 0"):
        MessagesPlaceholder("h", n_messages=n)


def test_is_printed():
    title = "============================= Messages Placeholder ============================="
    assert MessagesPlaceholder("h").pretty_repr() == f"{title}\n\n{{h}}"
    assert (
        repr(MessagesPlaceholder("h", optional=True))
        == "MessagesPlaceholder(variable_name='h', optional=True)"
    )

"""Messages added to messages, as LangChain's users write prompts."""

import pytest

from eventflow import AIMessage, ChatPromptTemplate, HumanMessage, HumanMessagePromptTemplate, SystemMessage


def test_two_messages_are_a_prompt():
    prompt = SystemMessage("Be brief.") + HumanMessage("hi")
    assert isinstance(prompt, ChatPromptTemplate)
    assert prompt.invoke({}).to_messages() == [SystemMessage("Be brief."), HumanMessage("hi")]


def test_a_text_is_a_template_for_what_the_user_says():
    prompt = SystemMessage("Be brief.") + HumanMessage("hi") + AIMessage("what?") + "{input}"
    assert prompt.input_variables == ["input"]
    assert prompt.invoke({"input": "you"}).to_messages()[-1] == HumanMessage("you")


def test_a_message_and_a_template():
    prompt = SystemMessage("Be brief.") + HumanMessagePromptTemplate.from_template("{input}")
    assert prompt.invoke({"input": "you"}).to_messages() == [SystemMessage("Be brief."), HumanMessage("you")]


def test_anything_else_is_refused():
    with pytest.raises(TypeError):
        SystemMessage("Be brief.") + 5

"""Templates of one message."""

import pytest

from eventflow.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage
from eventflow.prompts import (
    AIMessagePromptTemplate,
    BaseMessagePromptTemplate,
    ChatMessagePromptTemplate,
    ChatPromptTemplate,
    DictPromptTemplate,
    HumanMessagePromptTemplate,
    PromptTemplate,
    SystemMessagePromptTemplate,
)

PNG = {"type": "image_url", "image_url": {"url": "{site}/cat.png", "detail": "low"}}


@pytest.mark.parametrize(
    ("template_type", "message_type"),
    [
        (HumanMessagePromptTemplate, HumanMessage),
        (AIMessagePromptTemplate, AIMessage),
        (SystemMessagePromptTemplate, SystemMessage),
    ],
)
def test_makes_a_message_of_its_kind(template_type, message_type):
    template = template_type.from_template("Hi {name}")
    assert template.prompt == PromptTemplate.from_template("Hi {name}")
    assert template.input_variables == ["name"]
    assert template.format(name="Ann", more=1) == message_type("Hi Ann")
    assert template.format_messages(name="Ann") == [message_type("Hi Ann")]


def test_a_chat_message_has_a_role():
    template = ChatMessagePromptTemplate.from_template("{x}", role="judge", additional_kwargs={"a": 1})
    assert template.format(x="Order!") == ChatMessage("Order!", role="judge", additional_kwargs={"a": 1})
    with pytest.raises(ValueError, match="role"):
        ChatMessagePromptTemplate.from_template("{x}")


async def test_the_async_forms_give_the_same():
    for content in ("{site}", ["{site}", PNG]):
        template = HumanMessagePromptTemplate.from_template(content)
        assert await template.aformat(site="s") == template.format(site="s")
        assert await template.aformat_messages(site="s") == template.format_messages(site="s")


def test_text_may_have_partial_variables():
    template = HumanMessagePromptTemplate.from_template("{a}{b}", partial_variables={"b": lambda: "!"})
    assert template.input_variables == ["a"]
    assert template.format(a="x").content == "x!"
    with pytest.raises(ValueError, match="takes no partial_variables"):
        HumanMessagePromptTemplate.from_template(["{a}"], partial_variables={"a": 1})


def test_additional_kwargs_are_those_of_each_message():
    template = AIMessagePromptTemplate.from_template("x", additional_kwargs={"a": 1})
    template.format().additional_kwargs["b"] = 2
    assert template.format().additional_kwargs == {"a": 1}


@pytest.mark.parametrize(
    ("block", "filled"),
    [
        ("{site}", {"type": "text", "text": "s"}),
        ({"type": "text", "text": "{site}"}, {"type": "text", "text": "s"}),
        ({"text": "{site}"}, {"type": "text", "text": "s"}),
        (
            {"type": "text", "text": "{site}", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}},
        ),
        (PNG, {"type": "image_url", "image_url": {"url": "s/cat.png", "detail": "low"}}),
        ({"type": "image_url", "image_url": "{site}"}, {"type": "image_url", "image_url": {"url": "s"}}),
        (
            {"type": "image", "source_type": "base64", "data": "{site}", "mime_type": "image/png"},
            {"type": "image", "source_type": "base64", "data": "s", "mime_type": "image/png"},
        ),
        ({"type": "other", "deep": [{"x": "{site}"}]}, {"type": "other", "deep": [{"x": "s"}]}),
    ],
)
def test_content_blocks(block, filled):
    template = HumanMessagePromptTemplate.from_template([block, "and {more}"])
    assert template.input_variables == ["more", "site"]
    assert template.format(site="s", more="m") == HumanMessage([filled, {"type": "text", "text": "and m"}])


def test_content_blocks_in_other_formats():
    template = HumanMessagePromptTemplate.from_template(["{{a.b}}", {"type": "x", "y": "{{c}}"}], "mustache")
    message = template.format(a={"b": 1}, c=2)
    assert message.content == [{"type": "text", "text": "1"}, {"type": "x", "y": "2"}]


def test_empty_text_blocks_are_left_out():
    template = HumanMessagePromptTemplate.from_template(["", "{x}", {"type": "text", "text": ""}])
    assert template.format(x="").content == []
    assert template.format(x="a").content == [{"type": "text", "text": "a"}]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (5, "is text or a list of blocks, got 5"),
        (None, "is text or a list of blocks, got None"),
        ([5], "a content block is text or a dictionary, got 5"),
        ([{"type": "image_url", "image_url": {"path": "{p}"}}], "an image block has"),
        ([{"type": "image_url"}], "an image block has"),
        (["{a.b}"], "reads an attribute"),
        ([{"type": "x", "y": "{a.b}"}], "reads an attribute"),
    ],
)
def test_refuses_what_is_no_content(content, error):
    with pytest.raises(ValueError, match=error):
        HumanMessagePromptTemplate.from_template(content)


def test_unknown_fields_are_refused():
    with pytest.raises(ValueError, match="bogus"):
        HumanMessagePromptTemplate.from_template("x", bogus=1)


def test_is_printed():
    title = "================================== AI Message =================================="
    assert AIMessagePromptTemplate.from_template("{x:.2f}").pretty_repr() == f"{title}\n\n{{x}}"
    blocks = AIMessagePromptTemplate.from_template(["{x}", PNG])
    assert blocks.pretty_repr() == f"{title}\n\n{{x}}\n\n{PNG}"
    assert "\x1b[1m AI Message \x1b[0m" in blocks.pretty_repr(html=True)


def test_adds_up_to_a_chat_prompt():
    human, system = (
        kind.from_template("{x}") for kind in (HumanMessagePromptTemplate, SystemMessagePromptTemplate)
    )
    assert (system + human).messages == [system, human]
    assert (system + "{y}").input_variables == ["x", "y"]
    assert ("{y}" + human).messages[1] == human
    assert (HumanMessage("m") + human).messages == [HumanMessage("m"), human]
    with pytest.raises(TypeError, match="unsupported operand"):
        human + 5


class Twice(HumanMessagePromptTemplate):
    def format_messages(self, **kwargs):
        return super().format_messages(**kwargs) * 2


class Loud(HumanMessagePromptTemplate):
    def format(self, **kwargs):
        return HumanMessage(super().format(**kwargs).text.upper())


@pytest.mark.parametrize(("kind", "texts"), [(Twice, ["a", "a"]), (Loud, ["A"])])
async def test_what_a_subclass_overrides_is_heard_everywhere(kind, texts):
    template = kind.from_template("{x}")
    prompt = ChatPromptTemplate([template])
    everywhere = [
        template.format_messages(x="a"),
        template.fill_in({"x": "a"}),
        await template.aformat_messages(x="a"),
        prompt.invoke("a").messages,
        (await prompt.ainvoke("a")).messages,
    ]
    assert [[message.text for message in messages] for messages in everywhere] == [texts] * 5


class Clock(BaseMessagePromptTemplate):
    roles = ("clock",)

    hour: int

    @classmethod
    def from_content(cls, content, template_format):
        return cls(hour=int(content))

    @property
    def input_variables(self):
        return ["city"]

    def format_messages(self, **kwargs) -> list[BaseMessage]:
        return [SystemMessage(f"{self.hour} o'clock in {kwargs['city']}")]


def test_a_kind_of_ones_own_has_a_role():
    prompt = ChatPromptTemplate([("clock", "5"), Clock(hour=6)])
    assert prompt.input_variables == ["city"]
    assert prompt.format(city="Rome") == "System: 5 o'clock in Rome\nSystem: 6 o'clock in Rome"
    assert prompt.pretty_repr() == "Clock(hour=5)\n\nClock(hour=6)"


def test_prompts_of_blocks_are_prompts():
    template = HumanMessagePromptTemplate(prompt=[DictPromptTemplate(template={"type": "x"})])
    assert template.format().content == [{"type": "x"}]

"""Which hook is asked, what is derived from what, and what users may do in the classes they write."""

import threading

import pytest
from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from eventflow.errors import AsyncOnlyError, EventflowError
from eventflow.messages import AIMessage, AIMessageChunk, ChatGeneration, ChatGenerationChunk, ChatResult
from eventflow.models import BaseChatModel, SimpleChatModel


def result(text):
    return ChatResult([ChatGeneration(AIMessage(text))])


def piece(text):
    return ChatGenerationChunk(AIMessageChunk(text))


class OnlyStream(BaseChatModel):
    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield piece("st")
        yield piece("ream")


class OnlyAstream(BaseChatModel):
    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        yield piece("ast")
        yield piece("ream")


class OnlyGenerate(BaseChatModel):
    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return result("generate")


class OnlyAgenerate(BaseChatModel):
    async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
        return result("agenerate")


class All(OnlyAstream, OnlyStream, OnlyAgenerate, OnlyGenerate):
    pass


async def texts(chunks):
    return [chunk.text async for chunk in chunks]


# ---- derived hooks


async def test_a_model_that_streams_answers_as_a_whole():
    model = OnlyStream()
    assert model.invoke("x").text == (await model.ainvoke("x")).text == "stream"
    assert [c.text for c in model.stream("x")] == await texts(model.astream("x")) == ["st", "ream", ""]


async def test_a_model_that_can_only_be_awaited():
    model = OnlyAstream()
    assert (await model.ainvoke("x")).text == "astream"
    assert await texts(model.astream("x")) == ["ast", "ream", ""]
    with pytest.raises(AsyncOnlyError, match="use ainvoke"):
        model.invoke("x")
    with pytest.raises(AsyncOnlyError, match="use ainvoke"):
        list(model.stream("x"))


async def test_a_model_that_answers_as_a_whole_streams_one_message():
    model = OnlyGenerate()
    assert (await model.ainvoke("x")).text == "generate"
    assert [c.text for c in model.stream("x")] == await texts(model.astream("x")) == ["generate"]


async def test_a_model_with_one_awaitable_hook():
    model = OnlyAgenerate()
    assert (await model.ainvoke("x")).text == "agenerate"
    assert await texts(model.astream("x")) == ["agenerate"]
    with pytest.raises(AsyncOnlyError):
        model.invoke("x")


async def test_each_hook_where_all_are_there():
    model = All()
    assert model.invoke("x").text == "generate"
    assert (await model.ainvoke("x")).text == "agenerate"
    assert [c.text for c in model.stream("x")] == ["st", "ream", ""]
    assert await texts(model.astream("x")) == ["ast", "ream", ""]


def test_a_model_without_hooks_says_what_to_override():
    class Nothing(BaseChatModel):
        pass

    with pytest.raises(NotImplementedError, match=r"Nothing .* override _generate"):
        Nothing().invoke("x")
    with pytest.raises(NotImplementedError, match="override _stream"):
        list(Nothing()._stream([]))


# ---- the hook of the nearest class wins


async def test_a_sync_hook_is_not_bypassed_by_an_async_one_further_up():
    class Own(All):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            return result("own")

        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield piece("own chunk")

    assert (await Own().ainvoke("x")).text == "own"
    assert await texts(Own().astream("x")) == ["own chunk", ""]


async def test_an_async_hook_nearer_than_the_sync_one_wins_again():
    class Own(All):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            return result("own")

    class Nearer(Own):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            return result("nearer")

    assert (await Nearer().ainvoke("x")).text == "nearer"
    assert Nearer().invoke("x").text == "own"


async def test_a_hook_of_a_mixin_counts():
    class Mixin:
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            return result("mixed in")

    class Mixed(Mixin, OnlyGenerate):
        pass

    assert (await Mixed().ainvoke("x")).text == "mixed in"


async def test_a_hook_may_call_the_one_above():
    class Louder(OnlyGenerate):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            above = await super()._agenerate(messages, stop=stop, run_manager=run_manager, **kwargs)
            return result(above.generations[0].text.upper())

    assert (await Louder().ainvoke("x")).text == "GENERATE"


# ---- threads


class Where(BaseChatModel):
    """Answers with the name of its thread."""

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return result(threading.current_thread().name)


class WhereStreaming(Where):
    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield piece(threading.current_thread().name)


async def test_sync_hooks_are_called_in_a_worker_thread():
    here = threading.current_thread().name
    assert (await Where().ainvoke("x")).text != here
    first, _ = await texts(WhereStreaming().astream("x"))
    assert first != here


async def test_sync_hooks_that_never_block_are_called_inline():
    class Inline(WhereStreaming):
        blocking = False

    here = threading.current_thread().name
    assert (await Inline().ainvoke("x")).text == here
    assert await texts(Inline().astream("x")) == [here, ""]


# ---- the run manager is given to those who take it


def test_a_hook_without_run_manager_is_not_given_one():
    class Plain(BaseChatModel):
        def _generate(self, messages, stop=None, **kwargs):
            return result(str(kwargs))

    assert Plain().invoke("x", limit=1).text == "{'limit': 1}"


async def test_neither_is_its_derived_async_form():
    class Plain(BaseChatModel):
        def _generate(self, messages, stop=None, **kwargs):
            return result(str(kwargs))

    assert (await Plain().ainvoke("x", limit=1)).text == "{'limit': 1}"


# ---- classes of users


class Configured(SimpleChatModel):
    """What users' models look like."""

    model_name: str = Field(default="m", alias="model")
    retries: int = 2
    address: str = Field(repr=False)
    _client: dict = PrivateAttr(default_factory=dict)

    @field_validator("retries")
    @classmethod
    def _positive(cls, value):
        if value < 0:
            raise ValueError("retries must not be negative")
        return value

    @model_validator(mode="after")
    def _connect(self):
        self._client["to"] = self.model_name
        return self

    @property
    def _llm_type(self):
        return "configured"

    @property
    def _identifying_params(self):
        return {"model_name": self.model_name}

    def _call(self, messages, stop=None, run_manager=None, **kwargs):
        return f"{self._client['to']}: {messages[-1].text}"


def test_fields_aliases_validators_and_private_attributes():
    model = Configured(model="gpt", address="10.0.0.1")
    assert model.invoke("hi").text == "gpt: hi"
    assert "10.0.0.1" not in repr(model)
    assert model._get_ls_params()["ls_model_name"] == "gpt"
    with pytest.raises(ValidationError, match="retries must not be negative"):
        Configured(address="s", retries=-1)


def test_a_model_keeps_its_class_when_copied_and_compared():
    model = Configured(model="gpt", address="s")
    copy = model.model_copy(update={"retries": 5})
    assert copy.invoke("hi").text == "gpt: hi"
    assert copy != model
    assert model == Configured(model="gpt", address="s")


def test_subclasses_of_subclasses_know_their_attributes():
    class Warm(Configured):
        temperature: float = 0.7
        streaming: bool = True

    assert Warm(address="s")._get_ls_params()["ls_temperature"] == 0.7


def test_simple_models_must_say_what_they_answer():
    with pytest.raises(TypeError, match="_call"):
        SimpleChatModel()


def test_errors_are_ours():
    assert issubclass(AsyncOnlyError, EventflowError)

"""What the type checkers know about `init_chat_model`. Never run; lines marked `# error` must be refused."""

# pyright: strict

from __future__ import annotations

from typing import Any, assert_type

from eventflow import AIMessage, BaseChatModel, FakeListChatModel
from eventflow.models import (
    ChatModelFactory,
    ChatModelRegistration,
    ConfigurableChatModel,
    init_chat_model,
    register_chat_model,
)


def a_model_that_is_named_is_a_chat_model() -> None:
    model = init_chat_model("openai:gpt-4o-mini", temperature=0)
    assert_type(model, BaseChatModel)
    assert_type(model.invoke("hi"), AIMessage)
    assert_type(init_chat_model("polly", model_provider="parrots"), BaseChatModel)


def one_that_is_not_is_chosen_later() -> None:
    assert_type(init_chat_model(), ConfigurableChatModel)
    assert_type(init_chat_model(temperature=0), ConfigurableChatModel)
    assert_type(init_chat_model("openai:x", configurable_fields="any"), ConfigurableChatModel)
    assert_type(init_chat_model("openai:x", configurable_fields=("model",)), ConfigurableChatModel)
    assert_type(init_chat_model(configurable_fields=["model"], config_prefix="a"), ConfigurableChatModel)


def what_is_bound_to_it_is_chosen_later() -> None:
    model = init_chat_model()
    assert_type(model.bind_tools([]), ConfigurableChatModel)
    assert_type(model.with_structured_output(dict), ConfigurableChatModel)
    assert_type(model.with_config(tags=["a"]), ConfigurableChatModel)
    answer: Any = model.invoke("hi", {"configurable": {"model": "openai:x"}})
    print(answer)


def what_is_refused(made: BaseChatModel) -> None:
    init_chat_model(made)  # error
    init_chat_model("openai:x", configurable_fields="model")  # error
    register_chat_model("numbers", 3)  # error


def parrot(*, model: str, **kwargs: Any) -> FakeListChatModel:
    return FakeListChatModel(responses=[model])


def a_factory_is_a_function_or_a_class() -> None:
    factory: ChatModelFactory = parrot
    assert_type(register_chat_model("parrots", factory), ChatModelRegistration)
    with register_chat_model("fakes", FakeListChatModel) as registration:
        assert_type(registration.provider, str)

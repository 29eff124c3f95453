"""Who is a handler, what it listens to, when it is called, and what becomes of what it raises."""

import asyncio
import logging
import threading

import pytest

from callbacks.telling import METHODS, Diary, HandMade, Words
from eventflow.callbacks import AsyncCallbackHandler, BaseCallbackHandler, handler_receiver
from eventflow.errors import SubscriptionError
from eventflow.events import PHASES
from eventflow.messages import HumanMessage, SystemMessage

QUESTION = {"messages": [[SystemMessage("be brief"), HumanMessage("hi")]]}


def life(receiver, run=None):
    """All that a chain tells."""
    run = run or HandMade()
    run.tell(receiver, "start", 1, input=1)
    run.tell(receiver, "custom", 2, name="half")
    run.tell(receiver, "end", 3, input=1)


# ---- who is one


@pytest.mark.parametrize(
    "handler", [print, object(), 3, "on_chain_start", Words(on_chain_start="no function")]
)
def test_what_has_none_of_the_methods_is_refused_by_name(handler):
    with pytest.raises(SubscriptionError, match=r"on_chain_start, .*on_custom_event") as refused:
        handler_receiver(handler)
    assert repr(handler) in str(refused.value)


def test_a_class_is_refused():
    with pytest.raises(SubscriptionError, match=r"Diary is a class: give an instance, Diary\(\)"):
        handler_receiver(Diary)


@pytest.mark.parametrize("handler", [BaseCallbackHandler(), AsyncCallbackHandler(), Words(on_text=print)])
def test_a_handler_whose_methods_are_never_called_listens_to_nothing(handler):
    assert handler_receiver(handler).phases == set()


def test_a_receiver_stands_for_its_handler():
    diary = Diary()
    first = handler_receiver(diary)
    second = handler_receiver(first)
    assert second is not first
    life(second)
    assert len(diary.told) == 3


def test_one_method_is_enough():
    seen = []
    life(handler_receiver(Words(on_custom_event=lambda name, data, **_: seen.append((name, data)))))
    assert seen == [("half", 2)]


# ---- what it listens to


def test_a_handler_with_everything_listens_to_everything():
    assert handler_receiver(Diary()).phases == set(PHASES)


def test_nobody_listens_to_tokens_unless_there_is_a_method_for_them():
    class Ends(BaseCallbackHandler):
        def on_llm_end(self, response, **kwargs):
            pass

    receiver = handler_receiver(Ends())
    assert receiver.phases == {"end"}
    assert receiver.wants(HandMade("chat_model"), "end", None)
    assert not receiver.wants(HandMade("chain"), "end", None)


@pytest.mark.parametrize(
    ("flag", "silenced"),
    [
        ("ignore_chain", {"on_chain_start", "on_chain_end", "on_chain_error"}),
        ("ignore_llm", {"on_llm_start", "on_llm_new_token", "on_llm_end", "on_llm_error"}),
        ("ignore_chat_model", {"on_chat_model_start"}),
        ("ignore_agent", {"on_tool_start", "on_tool_end", "on_tool_error"}),
        ("ignore_retriever", {"on_retriever_start", "on_retriever_end", "on_retriever_error"}),
        ("ignore_custom_event", {"on_custom_event"}),
        ("ignore_retry", set()),
    ],
)
def test_a_flag_turns_methods_off(flag, silenced):
    diary = Diary()
    setattr(diary, flag, True)
    receiver = handler_receiver(diary)
    for kind in ("chain", "chat_model", "llm", "tool", "retriever"):
        for phase in PHASES:
            HandMade(kind).tell(receiver, phase, "x", input="x", name="x" if phase == "custom" else None)
    assert set(METHODS) - set(diary.methods) == silenced


@pytest.mark.parametrize("base", [BaseCallbackHandler, AsyncCallbackHandler, object])
def test_a_chat_model_is_told_to_on_llm_start_where_there_is_nothing_better(base):
    class Old(base):
        def on_llm_start(self, serialized, prompts, **kwargs):
            self.prompts = prompts

    handler = Old()
    HandMade("chat_model").tell(handler_receiver(handler), "start", input=QUESTION)
    assert handler.prompts == ["System: be brief\nHuman: hi"]


def test_a_handler_that_ignores_chat_models_is_told_of_none():
    diary = Diary()
    diary.ignore_chat_model = True
    HandMade("chat_model").tell(handler_receiver(diary), "start", input=QUESTION)
    assert diary.told == []


def test_a_handler_may_decline_a_chat_model():
    class Old(Diary):
        def on_chat_model_start(self, *args, **kwargs):
            raise NotImplementedError

    handler = Old()
    HandMade("chat_model").tell(handler_receiver(handler), "start", input=QUESTION)
    assert handler.only[:2] == ("on_llm_start", (handler.only[1][0], ["System: be brief\nHuman: hi"]))


async def test_a_coroutine_method_may_decline_a_chat_model():
    class Old(AsyncCallbackHandler):
        async def on_chat_model_start(self, *args, **kwargs):
            raise NotImplementedError

        async def on_llm_start(self, serialized, prompts, **kwargs):
            self.prompts = prompts

    handler = Old()
    receiver = handler_receiver(handler)
    HandMade("chat_model").tell(receiver, "start", input=QUESTION)
    await receiver.asettle()
    assert handler.prompts == ["System: be brief\nHuman: hi"]


# ---- when it is called


def test_sync_methods_are_called_at_once_and_in_the_thread_of_the_run():
    where = []
    receiver = handler_receiver(
        Words(on_chain_start=lambda *_, **__: where.append(threading.current_thread()))
    )
    HandMade().tell(receiver, "start", 1, input=1)
    assert where == [threading.current_thread()]


class Mixed(Diary):
    """Awaits at the start, and hears of the rest at once."""

    async def on_chain_start(self, *args, **kwargs):
        await asyncio.sleep(0)
        self.told.append(("on_chain_start", args, kwargs))


def test_order_is_kept_between_sync_and_coroutine_methods():
    diary = Mixed()
    receiver = handler_receiver(diary)
    life(receiver)
    receiver.settle()
    assert diary.methods == ["on_chain_start", "on_custom_event", "on_chain_end"]


async def test_order_is_kept_on_a_loop_too():
    diary = Mixed()
    receiver = handler_receiver(diary)
    life(receiver)
    assert diary.methods == []
    await receiver.asettle()
    assert diary.methods == ["on_chain_start", "on_custom_event", "on_chain_end"]


async def test_a_coroutine_that_a_sync_function_returns_is_awaited_in_order():
    diary = Diary()

    async def slowly():
        await asyncio.sleep(0)
        diary.told.append(("slowly", (), {}))

    handler = Words(on_chain_start=lambda *_, **__: slowly(), on_chain_end=diary.on_chain_end)
    receiver = handler_receiver(handler)
    life(receiver)
    await receiver.asettle()
    assert diary.methods == ["slowly", "on_chain_end"]


# ---- what it raises


def failing(exception, *, raise_error):
    def on_chain_start(*args, **kwargs):
        raise exception

    async def on_chain_end(*args, **kwargs):
        raise exception

    return Words(on_chain_start=on_chain_start, raise_error=raise_error), Words(
        on_chain_end=on_chain_end, raise_error=raise_error
    )


def test_what_a_method_raises_is_logged_with_its_name(caplog):
    sync, _ = failing(ValueError("no"), raise_error=False)
    diary = Diary()
    with caplog.at_level(logging.ERROR, "eventflow.subscribers"):
        life(handler_receiver(sync))
        life(handler_receiver(diary))
    [record] = caplog.records
    assert "failing.<locals>.on_chain_start failed at on_chain_start of 'the_chain'" in record.getMessage()
    assert record.exc_info[1].args == ("no",)
    assert len(diary.told) == 3


def test_what_a_coroutine_method_raises_is_logged(caplog):
    _, coroutine = failing(ValueError("no"), raise_error=False)
    receiver = handler_receiver(coroutine)
    with caplog.at_level(logging.ERROR, "eventflow.subscribers"):
        life(receiver)
        receiver.settle()
    assert "on_chain_end failed at on_chain_end of 'the_chain'" in caplog.records[0].getMessage()


def test_the_log_names_the_method_that_was_told_instead(caplog):
    class Old(BaseCallbackHandler):
        def on_llm_start(self, *args, **kwargs):
            raise ValueError("no")

    HandMade("chat_model").tell(handler_receiver(Old()), "start", input=QUESTION)
    assert "Old.on_llm_start failed at on_chat_model_start" in caplog.records[0].getMessage()


def test_with_raise_error_it_is_raised_where_the_event_happens():
    sync, _ = failing(ValueError("no"), raise_error=True)
    with pytest.raises(ValueError, match="no"):
        life(handler_receiver(sync))


def test_with_raise_error_a_coroutine_method_raises_there_too():
    _, coroutine = failing(ValueError("no"), raise_error=True)
    receiver = handler_receiver(coroutine)
    with pytest.raises(ValueError, match="no"):
        life(receiver)
    receiver.settle()


async def test_on_a_loop_it_raises_when_the_run_settles():
    _, coroutine = failing(ValueError("no"), raise_error=True)
    receiver = handler_receiver(coroutine)
    life(receiver)
    with pytest.raises(ValueError, match="no"):
        await receiver.asettle()
    await receiver.asettle()  # once


def test_an_exit_is_not_swallowed():
    _, coroutine = failing(SystemExit(3), raise_error=False)
    receiver = handler_receiver(coroutine)
    with pytest.raises(SystemExit):
        life(receiver)
    receiver.settle()

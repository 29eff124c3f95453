"""What the printing handlers print."""

import re

import pytest

from callbacks.telling import HandMade
from eventflow.callbacks import StdOutCallbackHandler, StreamingStdOutCallbackHandler, handler_receiver
from eventflow.messages import AIMessageChunk


def printed(handler, capsys):
    receiver = handler_receiver(handler)
    chain = HandMade(name="joke")
    tool = HandMade("tool", parent=chain)
    model = HandMade("chat_model", parent=chain)
    chain.tell(receiver, "start", 1, input=1)
    tool.tell(receiver, "end", 3)
    model.tell(receiver, "stream", AIMessageChunk("hel"))
    model.tell(receiver, "stream", AIMessageChunk([{"type": "text", "text": "lo"}]))
    chain.tell(receiver, "end", 1)
    return capsys.readouterr().out


def test_chains_and_what_tools_return(capsys):
    out = printed(StdOutCallbackHandler(), capsys)
    assert re.sub(r"\033\[[0-9;]*m", "", out) == "\n\n> Entering new joke chain...\n3\n> Finished chain.\n"
    assert "\033[32;1m" in out


def test_another_color(capsys):
    assert "\033[36;1m" in printed(StdOutCallbackHandler("blue"), capsys)


def test_an_unknown_color_is_refused():
    with pytest.raises(ValueError, match="'purple': choose one of blue"):
        StdOutCallbackHandler("purple")


def test_the_text_of_a_model_as_it_comes(capsys):
    assert printed(StreamingStdOutCallbackHandler(), capsys) == "hello"

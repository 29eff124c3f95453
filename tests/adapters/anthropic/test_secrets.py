"""A key is sent to its provider, and shown nowhere else."""

import copy
import json
import logging
import traceback

import pytest

pytest.importorskip("anthropic")

import anthropic

from adapters.anthropic.replies import failure, text
from eventflow import ChatPromptTemplate, StrOutputParser
from eventflow_anthropic import ChatAnthropic

CANARY = "sk-canary-0123456789"


@pytest.fixture
def model(make):
    return make(api_key=CANARY, default_headers={"x-secret": CANARY})


def shown(error):
    """All that a log would show of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(vars(error).get("body"))


def test_it_is_sent(server, model):
    model.invoke("hi")
    assert CANARY in str(server.asked[0].headers)


def test_the_model_does_not_show_it(make):
    servers = [{"type": "url", "name": "it", "url": "https://x.org", "authorization_token": CANARY}]
    model = make(api_key=CANARY, default_headers={"x-secret": CANARY}, mcp_servers=servers)
    views = [repr(model), str(model), f"{model!r:>300}", repr(model.bind(stop=["."])), repr(model | str)]
    views += [str(model.model_dump()), model.model_dump_json(), repr(copy.deepcopy(model))]
    views += [str(model._identifying_params), str(model._get_ls_params()), repr(model.api_key)]
    views += [json.dumps(ChatAnthropic.model_json_schema()), json.dumps(model.get_input_jsonschema())]
    views += [(ChatPromptTemplate.from_template("{q}") | model).get_graph().draw_mermaid()]
    assert [view for view in views if CANARY in view] == []


@pytest.mark.parametrize(
    "wrong",
    [{"api_keyy": CANARY}, {"api_key": [CANARY]}, {"anthropic_api_key": {CANARY}}, {"temperature": CANARY}],
    ids=str,
)
def test_an_argument_that_is_refused_is_not_shown(wrong):
    with pytest.raises(ValueError, match="ChatAnthropic") as caught:
        ChatAnthropic(**wrong)
    assert CANARY not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("reply", [text("fine"), failure(401), failure(500)], ids=["fine", "401", "500"])
async def test_events_and_errors_do_not_show_it(reply, server, model, caplog):
    caplog.set_level(logging.DEBUG)
    server.says(reply)
    chain = ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()
    seen = []
    for watch in (chain.astream_events({"q": "hi"}), model.astream_events("hi", stream=False)):
        try:
            async for event in watch:
                seen.append(repr(event))  # noqa: PERF401
        except anthropic.AnthropicError as error:
            seen.append(shown(error))
    assert len(seen) > 3
    assert [one for one in [*seen, caplog.text] if CANARY in one] == []

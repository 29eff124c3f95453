"""A key is sent to its provider, and shown nowhere else."""

import copy
import json
import logging
import traceback

import pytest

pytest.importorskip("openai")

import openai

from adapters.openai.replies import text
from adapters.openai.responses_replies import OUTPUTS, events
from adapters.openai.server import failure
from eventflow import ChatPromptTemplate, StrOutputParser
from eventflow_openai import ChatOpenAI
from eventflow_openai.compatible import ChatGroq

CANARY = "sk-canary-0123456789"


@pytest.fixture(params=[None, True], ids=["completions", "responses"])
def model(make, request):
    """A model that has it everywhere."""
    return make(
        api_key=CANARY,
        organization=CANARY,
        default_headers={"x-secret": CANARY, "Authorization": f"Bearer {CANARY}"},
        model_kwargs={"extra_headers": {"x-more": CANARY}},
        use_responses_api=request.param,
    )


def answer_of(model):
    return events(OUTPUTS["text"]) if model.use_responses_api else text("fine")


def shown(error):
    """All that a log would show of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(vars(error).get("body"))


def test_it_is_sent(server, model):
    server.says(answer_of(model))
    model.invoke("hi")
    headers = server.asked[0].headers
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert headers["openai-organization"] == headers["x-secret"] == headers["x-more"] == CANARY


def test_the_model_does_not_show_it(model):
    views = [repr(model), str(model), f"{model!r:>300}", repr(model.bind(stop=["."])), repr(model | str)]
    views += [str(model.model_dump()), model.model_dump_json(), repr(copy.deepcopy(model))]
    views += [str(model._identifying_params), str(model._get_ls_params()), repr(model.api_key)]
    views += [json.dumps(ChatOpenAI.model_json_schema()), json.dumps(model.get_input_jsonschema())]
    views += [(ChatPromptTemplate.from_template("{q}") | model).get_graph().draw_mermaid()]
    assert [view for view in views if CANARY in view] == []


def test_a_function_that_gives_it_does_not_show_it(make):
    assert CANARY not in repr(make(api_key=lambda: CANARY))


@pytest.mark.parametrize(
    "wrong",
    [{"api_keyy": CANARY}, {"api_key": [CANARY]}, {"openai_api_key": {CANARY}}, {"temperature": CANARY}],
    ids=str,
)
def test_an_argument_that_is_refused_is_not_shown(wrong):
    with pytest.raises(ValueError, match="ChatOpenAI") as caught:
        ChatOpenAI(**wrong)
    assert CANARY not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("reply", [None, failure(401), failure(500)], ids=["fine", "401", "500"])
async def test_events_and_errors_do_not_show_it(reply, server, model, caplog):
    caplog.set_level(logging.DEBUG)
    server.says(reply or answer_of(model))
    chain = ChatPromptTemplate.from_template("{q}") | model | StrOutputParser()
    seen = []
    for watch in (chain.astream_events({"q": "hi"}), model.astream_events("hi", stream=False)):
        try:
            async for event in watch:
                seen.append(repr(event))  # noqa: PERF401
        except openai.OpenAIError as error:
            seen.append(shown(error))
    assert len(seen) > 3
    assert [one for one in [*seen, caplog.text] if CANARY in one] == []


async def test_addresses_and_proxies_with_passwords_are_not_shown(make, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HTTP_PROXY", f"http://ann:{CANARY}@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY")
    address = f"http://ann:{CANARY}@127.0.0.1:1/v1"
    model = make(base_url=address)
    seen = [repr(model), str(model.model_dump()), model.model_dump_json(), str(model._identifying_params)]
    with pytest.raises(openai.APIConnectionError) as caught:
        await model.ainvoke("hi")
    seen.append(shown(caught.value))
    with pytest.raises(openai.APIConnectionError) as caught:
        model.invoke("hi")
    seen.append(shown(caught.value))
    await model.aclose()
    assert [one for one in [*seen, caplog.text] if CANARY in one] == []


def test_another_providers_model_does_not_show_it(monkeypatch, server):
    monkeypatch.setenv("GROQ_API_KEY", CANARY)
    model = ChatGroq(model="m", base_url=server.url)
    seen = [repr(event) for event in model.stream_events("hi")]
    assert server.asked[0].headers["authorization"] == f"Bearer {CANARY}"
    assert [one for one in [*seen, repr(model), str(model.model_dump())] if CANARY in one] == []

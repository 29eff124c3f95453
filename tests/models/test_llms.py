"""Text models: what is asked of which hook, what comes out, what their runs tell, and what they refuse."""

from contextlib import aclosing

import pytest

from eventflow.bus import listen
from eventflow.callbacks import BaseCallbackHandler
from eventflow.errors import AsyncOnlyError, ModelError
from eventflow.messages import Generation, GenerationChunk, HumanMessage, LLMResult, StringPromptValue
from eventflow.models import LLM, BaseLLM
from eventflow.parsers import StrOutputParser
from eventflow.runnables import RunnableLambda


class Upper(LLM):
    """Answers as a whole."""

    model: str = "u-1"

    def _call(self, prompt, stop=None, run_manager=None, **kwargs):
        return f"{prompt.upper()}{stop or ''}{kwargs or ''}"


class Chunks(LLM):
    """Streams, and nothing else; counts what is open."""

    open: list[str] = []  # noqa: RUF012

    def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
        self.open.append(prompt)
        try:
            for number, text in enumerate(prompt.split()):
                yield GenerationChunk(text, {"last": text} if number else None)
        finally:
            self.open.remove(prompt)


class Several(BaseLLM):
    """Gives two candidates, and metadata."""

    def _generate(self, prompts, stop=None, run_manager=None, **kwargs):
        generations = [[Generation(p + "1", {"finish": "stop"}), Generation(p + "2")] for p in prompts]
        return LLMResult(
            generations, {"token_usage": {"total_tokens": 3, "details": {"x": 1}}, "model_name": "s"}
        )


# ---- input and output


@pytest.mark.parametrize(
    ("input", "prompt"),
    [
        ("hi", "HI"),
        (StringPromptValue("hi"), "HI"),
        ([HumanMessage("hi")], "HUMAN: HI"),
        ([("system", "a"), ("human", "b")], "SYSTEM: A\nHUMAN: B"),
    ],
)
async def test_what_stands_for_a_text(input, prompt):
    assert Upper().invoke(input) == await Upper().ainvoke(input) == prompt
    assert list(Upper().stream(input)) == [prompt]


@pytest.mark.parametrize("input", [5, None, {"a": 1}, b"hi"])
async def test_other_input_is_refused(input):
    with pytest.raises(ValueError, match=f"not {type(input).__name__}"):
        Upper().invoke(input)
    with pytest.raises(ValueError, match=f"not {type(input).__name__}"):
        await Upper().ainvoke(input)


async def test_stop_and_options_reach_the_hook():
    assert Upper().invoke("a", stop=["."], x=1) == "A['.']{'x': 1}"
    assert await Upper().bind(x=1).ainvoke("a", stop=["."]) == "A['.']{'x': 1}"


async def test_texts_and_chunks():
    model = Chunks()
    assert model.invoke("a b") == await model.ainvoke("a b") == "ab"
    assert list(model.stream("a b")) == [c async for c in model.astream("a b")] == ["a", "b"]
    assert model.batch(["a b", "c"]) == await model.abatch(["a b", "c"]) == ["ab", "c"]
    assert list(model.transform(iter(["a ", "b"]))) == ["a", "b"]


async def test_it_is_a_step_like_others():
    chain = RunnableLambda(lambda text: text + " b") | Chunks() | StrOutputParser()
    assert chain.invoke("a") == "ab"
    assert [c async for c in chain.astream("a")] == ["a", "b"]


def test_its_types():
    assert Upper().OutputType is str
    assert Upper().get_output_jsonschema()["type"] == "string"


# ---- several candidates


async def test_all_candidates_and_what_else_was_said():
    result = Several().generate(["a", "b"])
    assert [[g.text for g in candidates] for candidates in result.generations] == [["a1", "a2"], ["b1", "b2"]]
    assert result.generations[0][0].generation_info == {"finish": "stop"}
    assert result.llm_output == {"token_usage": {"total_tokens": 6, "details": {"x": 2}}, "model_name": "s"}
    assert result == await Several().agenerate(["a", "b"])
    assert result == Several().generate_prompt([StringPromptValue("a"), StringPromptValue("b")])
    assert result == await Several().agenerate_prompt([StringPromptValue("a"), StringPromptValue("b")])
    assert Several().invoke("a") == "a1"


def test_each_prompt_has_a_run():
    with listen(phases=["start"]) as events:
        result = Several().generate(["a", "b"], tags=["t"], metadata={"k": 1}, run_name="n")
    told = [*events]
    assert [(e["name"], e["tags"], e["metadata"]["k"]) for e in told] == [("n", ["t"], 1)] * 2
    assert [str(run.run_id) for run in result.run] == [e["run_id"] for e in told]


def test_one_text_is_not_a_list_of_prompts():
    with pytest.raises(ValueError, match=r"give \[prompt\]"):
        Several().generate("abc")


# ---- hooks


async def test_a_model_that_can_only_be_awaited():
    class Awaited(LLM):
        async def _acall(self, prompt, stop=None, run_manager=None, **kwargs):
            return prompt.upper()

    assert await Awaited().ainvoke("a") == "A"
    with pytest.raises(AsyncOnlyError, match="use ainvoke"):
        Awaited().invoke("a")


async def test_a_model_that_streams_only_when_awaited():
    class Awaited(LLM):
        async def _astream(self, prompt, stop=None, run_manager=None, **kwargs):
            yield GenerationChunk("a")
            yield GenerationChunk("b")

    assert await Awaited().ainvoke("x") == "ab"
    assert [c async for c in Awaited().astream("x")] == ["a", "b"]
    assert (await Awaited().agenerate(["x"])).generations[0][0].text == "ab"
    with pytest.raises(AsyncOnlyError, match="use ainvoke"):
        Awaited().invoke("x")


async def test_base_hooks_are_derived_from_streams():
    class Streams(BaseLLM):
        def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
            yield GenerationChunk("a", {"k": "1"})
            yield GenerationChunk("b")

    class Astreams(BaseLLM):
        async def _astream(self, prompt, stop=None, run_manager=None, **kwargs):
            yield GenerationChunk("a", {"k": "1"})
            yield GenerationChunk("b")

    expected = [[Generation("ab", {"k": "1"})]]
    assert (
        Streams().generate(["x"]).generations == (await Astreams().agenerate(["x"])).generations == expected
    )
    assert (await Streams().agenerate(["x"])).generations == expected


async def test_the_text_hook_of_the_nearest_class_wins():
    class Both(LLM):
        def _call(self, prompt, stop=None, run_manager=None, **kwargs):
            return "sync"

        async def _acall(self, prompt, stop=None, run_manager=None, **kwargs):
            return "async"

    class Own(Both):
        def _call(self, prompt, stop=None, run_manager=None, **kwargs):
            return "own"

    assert (Both().invoke("x"), await Both().ainvoke("x")) == ("sync", "async")
    assert (Own().invoke("x"), await Own().ainvoke("x")) == ("own", "own")


async def test_a_hook_that_takes_no_run_manager_is_given_none():
    class Plain(LLM):
        def _call(self, prompt, stop=None, **kwargs):
            return str(sorted(kwargs))

    assert Plain().invoke("x") == await Plain().ainvoke("x") == "[]"


def test_a_model_without_hooks_says_what_to_override():
    with pytest.raises(NotImplementedError, match=r"override .*_call"):
        LLM().invoke("x")
    with pytest.raises(NotImplementedError, match="override _generate"):
        BaseLLM().invoke("x")


# ---- what its runs tell


async def test_a_stream_tells_of_chunks():
    events = [event async for event in (Chunks() | StrOutputParser()).astream_events("a b", version="v2")]
    told = [(e["event"], e["data"]) for e in events if e["event"].startswith("on_llm")]
    shown = {
        "generations": [[{"text": "ab", "generation_info": {"last": "b"}, "type": "Generation"}]],
        "llm_output": None,
    }
    assert told == [
        ("on_llm_start", {"input": {"prompts": ["a b"]}}),
        ("on_llm_stream", {"chunk": GenerationChunk("a")}),
        ("on_llm_stream", {"chunk": GenerationChunk("b", {"last": "b"})}),
        ("on_llm_end", {"input": {"prompts": ["a b"]}, "output": shown}),
    ]


async def test_at_the_root_events_show_text():
    events = [event async for event in Chunks().astream_events("a b")]
    assert [e["data"]["chunk"] for e in events if e["event"] == "on_llm_stream"] == ["a", "b"]
    assert events[0]["data"] == {"input": "a b"}
    pulled = list(Chunks().stream_events("a b"))
    assert [(e["event"], e["data"]) for e in events] == [(e["event"], e["data"]) for e in pulled]


def test_metadata_say_who_was_asked_and_how():
    with listen(phases=["start"]) as events:
        Upper(metadata={"own": 1}, tags=["t"]).bind(temperature=0.5).invoke("a", stop=["."])
    (start,) = events
    assert start["metadata"] == {
        "ls_provider": "upper",
        "ls_model_type": "llm",
        "ls_model_name": "u-1",
        "ls_temperature": 0.5,
        "ls_stop": ["."],
        "own": 1,
    }
    assert start["tags"] == ["t"]


class Notes(BaseCallbackHandler):
    def __init__(self):
        self.told = []

    def on_llm_start(self, serialized, prompts, **kwargs):
        self.told.append(("start", prompts))

    def on_llm_new_token(self, token, *, chunk=None, **kwargs):
        self.told.append(("token", token, chunk))

    def on_llm_end(self, response, **kwargs):
        self.told.append(("end", response.generations))

    def on_llm_error(self, error, **kwargs):
        self.told.append(("error", str(error)))


async def test_handlers_are_told():
    notes = Notes()
    list(Chunks(callbacks=[notes]).stream("a b"))
    expected = [
        ("start", ["a b"]),
        ("token", "a", GenerationChunk("a")),
        ("token", "b", GenerationChunk("b", {"last": "b"})),
        ("end", [[Generation("ab", {"last": "b"})]]),
    ]
    assert notes.told == expected
    again = Notes()
    assert [c async for c in Chunks().astream("a b", {"callbacks": [again]})] == ["a", "b"]
    assert again.told == expected


async def test_what_a_hook_tells_through_its_run_manager():
    class Telling(LLM):
        def _call(self, prompt, stop=None, run_manager=None, **kwargs):
            run_manager.on_llm_new_token("tok")
            run_manager.on_llm_new_token("en", chunk=GenerationChunk("en", {"k": 1}))
            return "token"

    with listen(phases=["stream"]) as events:
        Telling().invoke("x")
        await Telling().ainvoke("x")
    chunks = [e["data"]["chunk"] for e in events]
    assert chunks == [GenerationChunk("tok"), GenerationChunk("en", {"k": 1})] * 2


def test_a_whole_answer_is_streamed_when_somebody_wants_the_tokens():
    with listen(phases=["stream"]) as events:
        watched = Chunks().invoke("a b")
    assert [e["data"]["chunk"].text for e in events] == ["a", "b"]
    assert watched == Chunks().invoke("a b")


# ---- stopping and failing


async def test_leaving_a_stream_closes_the_hook():
    model = Chunks(open=[])
    stream = model.stream("a b")
    next(stream)
    assert model.open == ["a b"]
    stream.close()
    assert model.open == []
    async with aclosing(model.astream("a b")) as chunks:
        await anext(chunks)
        assert model.open == ["a b"]
    assert model.open == []


class Wrong(BaseLLM):
    """Gives what it is told to."""

    gives: object = None

    def _generate(self, prompts, stop=None, run_manager=None, **kwargs):
        return self.gives

    def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
        return self.gives


@pytest.mark.parametrize("gives", [None, "text", LLMResult([]), LLMResult([[]])])
async def test_a_whole_that_is_none(gives):
    with pytest.raises(ModelError, match=r"Wrong .*(LLMResult|generations)"):
        Wrong(gives=gives).invoke("x")
    with pytest.raises(ModelError, match=r"Wrong .*(LLMResult|generations)"):
        await Wrong(gives=gives).ainvoke("x")


@pytest.mark.parametrize(
    ("gives", "says"),
    [
        (None, "Wrong._stream gave NoneType: yield the chunks"),
        (["text"], r"Wrong streams str: its hook is to yield GenerationChunk"),
        ([Generation("text")], "Wrong streams Generation"),
        ([], "No generation chunks were returned: Wrong"),
    ],
)
async def test_a_stream_that_is_none(gives, says):
    with pytest.raises(ModelError, match=says):
        list(Wrong(gives=gives).stream("x"))
    with pytest.raises(ModelError, match=says):
        _ = [chunk async for chunk in Wrong(gives=gives).astream("x")]
    with listen(), pytest.raises(ModelError, match=says):
        await Wrong(gives=gives).ainvoke("x")


async def test_a_text_that_is_none():
    class Silent(LLM):
        def _call(self, prompt, stop=None, run_manager=None, **kwargs):
            return None

    with pytest.raises(ModelError, match=r"Silent\._call gave NoneType: it is to return a text"):
        Silent().invoke("x")
    with pytest.raises(ModelError, match=r"Silent\._call gave NoneType"):
        await Silent().ainvoke("x")

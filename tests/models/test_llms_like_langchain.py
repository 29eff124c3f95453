"""Text models with the import line changed: what they answer, yield and tell, compared with LangChain."""

from types import SimpleNamespace

import pytest

from eventflow import messages, models, parsers, runnables

lc_models = pytest.importorskip("langchain_core.language_models")
lc_outputs = pytest.importorskip("langchain_core.outputs")
lc_messages = pytest.importorskip("langchain_core.messages")
lc_parsers = pytest.importorskip("langchain_core.output_parsers")
lc_runnables = pytest.importorskip("langchain_core.runnables")


def sides(api):
    """The models of a user, made of one library or the other."""

    class Whole(api.LLM):
        model: str = "m-1"

        @property
        def _llm_type(self):
            return "whole"

        def _call(self, prompt, stop=None, run_manager=None, **kwargs):
            return f"{prompt}:{stop}:{sorted(kwargs.items())}"

    class Chunks(Whole):
        def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
            for number, text in enumerate((prompt, f":{stop}")):
                chunk = api.GenerationChunk(text=text, generation_info={"n": text} if number else None)
                if run_manager:
                    run_manager.on_llm_new_token(text, chunk=chunk)
                yield chunk

    class Several(api.BaseLLM):
        @property
        def _llm_type(self):
            return "several"

        def _generate(self, prompts, stop=None, run_manager=None, **kwargs):
            return api.LLMResult(
                generations=[[api.Generation(text=p + n) for n in "12"] for p in prompts],
                llm_output={"token_usage": {"total_tokens": 1}},
            )

    return SimpleNamespace(Whole=Whole, Chunks=Chunks, Several=Several)


NAMES = (
    "BaseLLM",
    "Generation",
    "GenerationChunk",
    "HumanMessage",
    "LLM",
    "LLMResult",
    "RunnableLambda",
    "StrOutputParser",
)


def names(*modules):
    """What the models are made of, from the modules that have it."""
    return SimpleNamespace(**{name: getattr(m, name) for m in modules for name in NAMES if hasattr(m, name)})


APIS = (
    names(models, messages, parsers, runnables),
    names(lc_models, lc_outputs, lc_messages, lc_parsers, lc_runnables),
)


def plain(value):
    """Without what belongs to one library: versions, ids, and the classes of chunks."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in ("lc_versions", "run_id", "parent_ids")}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "generation_info"):
        return type(value).__name__, value.text, value.generation_info
    return value


def both(act):
    return [act(sides(api), api) for api in APIS]


@pytest.mark.parametrize("name", ["Whole", "Chunks", "Several"])
@pytest.mark.parametrize("options", [{}, {"stop": ["."]}, {"k": 1}])
def test_answers(name, options):
    def act(side, api):
        model = getattr(side, name)()
        asked = ["x", [api.HumanMessage("y")], [("system", "a"), ("human", "b")]]
        return [
            [model.invoke(input, **options) for input in asked],
            [list(model.stream(input, **options)) for input in asked],
            model.batch(asked, **options),
            plain(model.generate(["x", "y"], **options).generations),
        ]

    ours, theirs = both(act)
    assert ours == theirs


@pytest.mark.parametrize("name", ["Chunks", "Several", "Whole"])
@pytest.mark.parametrize("chained", [False, True])
async def test_events(name, chained):
    told = []
    for api in APIS:
        model = getattr(sides(api), name)()
        runnable = model | api.StrOutputParser() if chained else model
        events = [plain(e) async for e in runnable.astream_events("x", version="v2", stop=["."])]
        told.append(events)
    ours, theirs = told
    assert ours == theirs


async def test_events_of_a_call_inside():
    told = []
    for api in APIS:
        model = sides(api).Several()

        async def ask(x, model=model):
            return await model.ainvoke(x, temperature=0.5)

        told.append([plain(e) async for e in api.RunnableLambda(ask).astream_events("x", version="v2")])
    ours, theirs = told
    assert ours == theirs

"""Text models that say what they are told to."""

import pytest

from eventflow.bus import listen
from eventflow.models import FakeListLLM, FakeListLLMError, FakeStreamingListLLM


async def test_responses_in_turn():
    model = FakeListLLM(responses=["a", "b"])
    assert [model.invoke("x"), await model.ainvoke("x"), model.invoke("x")] == ["a", "b", "a"]
    assert list(model.stream("x")) == ["b"]


async def test_each_input_of_a_batch_gets_its_own():
    model = FakeListLLM(responses=["a", "b", "c", "d"])
    assert model.batch(["x"] * 4) == await model.abatch(["x"] * 4) == ["a", "b", "c", "d"]
    assert model.batch(["x", "y"], [{"tags": ["1"]}, {"tags": ["2"]}]) == ["a", "b"]


async def test_by_the_character():
    model = FakeStreamingListLLM(responses=["ab", ""])
    assert list(model.stream("x")) == ["a", "b"]
    assert [c async for c in model.astream("x")] == [""]
    assert (model.invoke("x"), await model.ainvoke("x")) == ("ab", "")


@pytest.mark.parametrize("watched", [False, True])
async def test_an_error_where_it_was_asked_for(watched):
    model = FakeStreamingListLLM(responses=["abc"], error_on_chunk_number=1, sleep=0)
    with pytest.raises(FakeListLLMError, match="chunk 1"):
        list(model.stream("x"))
    with pytest.raises(FakeListLLMError, match="chunk 1"):
        _ = [c async for c in model.astream("x")]
    with listen(phases=["stream"] if watched else ["custom"]):
        with pytest.raises(FakeListLLMError, match="chunk 1"):
            model.invoke("x")
        with pytest.raises(FakeListLLMError, match="chunk 1"):
            await model.ainvoke("x")


async def test_pauses(monkeypatch):
    pauses = []

    async def asleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr("eventflow.models.fake_llms.time.sleep", pauses.append)
    monkeypatch.setattr("eventflow.models.fake_llms.asyncio.sleep", asleep)
    FakeListLLM(responses=["a"], sleep=1).invoke("x")
    await FakeListLLM(responses=["a"], sleep=2).ainvoke("x")
    list(FakeStreamingListLLM(responses=["ab"], sleep=3).stream("x"))
    _ = [c async for c in FakeStreamingListLLM(responses=["ab"], sleep=4).astream("x")]
    assert pauses == [1, 2, 3, 3, 4, 4]

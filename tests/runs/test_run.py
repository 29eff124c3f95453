"""The life of a run, and what it says of itself."""

from typing import Any

import pytest

from eventflow.bus import APPLICATION, listen, subscribe
from eventflow.errors import LifecycleError
from eventflow.events import MISSING
from eventflow.runnables import RunnableLambda, RunnablePassthrough
from eventflow.runs import Run, RunHandle, Scope, current, current_run, leave

RUN_ID = "0190a6a8-0000-7000-8000-000000000000"


class Source:
    """What a run is a run of."""

    kind = "chain"

    def get_name(self) -> str:
        return "source"

    def run_tags(self) -> tuple[str, ...]:
        return ("own", "given")

    def run_metadata(self) -> dict[str, Any]:
        return {"own": 1}

    def event_input(self, input: Any) -> Any:
        return ("shown", input)

    def event_output(self, output: Any) -> Any:
        return output

    def gives_snapshots(self, fed: bool) -> bool:
        return fed


def run(config: Any = None, **options: Any) -> Run:
    source: Any = Source()
    return Run(source, config, **options)


# ---- one start, one end


def test_a_run_starts_and_ends_once():
    told = run()
    told.start(1)
    told.finish(2)
    with pytest.raises(LifecycleError, match="started twice"):
        told.start(1)
    with pytest.raises(LifecycleError, match="has ended before"):
        told.finish(2)


def test_what_has_not_been_started_cannot_end():
    with pytest.raises(LifecycleError, match="has not been started"):
        run().finish()


def test_a_failure_counts_only_while_it_runs():
    with listen() as events:
        told = run()
        told.fail(ValueError("before"))
        told.start(1)
        told.fail(ValueError("during"))
        told.fail(ValueError("after"))
    assert [str(event["data"].get("error")) for event in events] == ["None", "during"]
    with pytest.raises(LifecycleError):
        told.finish()


# ---- what is told


def test_everything_that_a_run_tells():
    with listen() as events:
        told = run()
        told.start(1)
        told.chunk("a")
        told.custom("mine", {"k": 1})
        told.finish("ab")
    start, chunk, custom, end = events
    assert start["data"] == {"input": ("shown", 1)}
    assert chunk["data"] == {"chunk": "a"}
    assert (custom["event"], custom["name"], custom["data"]) == ("on_custom_event", "mine", {"k": 1})
    assert end["data"] == {"output": "ab", "input": ("shown", 1)}
    assert {event["run_id"] for event in (start, chunk, custom, end)} == {told.run_id}


def test_an_input_that_is_still_to_come():
    with listen() as events:
        told = run()
        told.start()
        told.input = "late"
        told.finish()
    assert [event["data"] for event in events] == [{}, {"input": "late"}]


def test_none_is_a_value():
    with listen() as events:
        told = run()
        told.start(None)
        told.chunk(None)
        told.finish(None)
    assert [event["data"] for event in events] == [
        {"input": ("shown", None)},
        {"chunk": None},
        {"output": None, "input": ("shown", None)},
    ]


def test_an_event_input_is_made_only_for_who_listens():
    told = run()
    told.start(1)
    assert told.input is MISSING


def test_an_input_that_cannot_be_shown_is_told_as_it_is():
    """The work will refuse it, as it does when nobody listens; and a run that fails has started."""

    class Refuses(Source):
        def event_input(self, input: Any) -> Any:
            raise ValueError("never seen")

    source: Any = Refuses()
    told = Run(source)
    with listen() as events:
        told.start(5)
        told.fail(ValueError("the work's"))
    assert [(e["event"], e["data"].get("input")) for e in events] == [
        ("on_chain_start", 5),
        ("on_chain_error", 5),
    ]


# ---- who it is


def test_what_it_says_of_itself():
    told = run({"tags": ["given"], "metadata": {"m": 1}, "run_name": "named", "run_id": RUN_ID})
    info = told.info
    assert (info.run_id, info.name, info.kind) == (RUN_ID, "named", "chain")
    assert info.tags == ("given", "own"), "each tag once"
    assert info.metadata == {"m": 1, "own": 1}
    assert info.parent_ids == ()
    assert told.info is info
    assert repr(told) == "<Run of chain 'named'>"


@pytest.mark.parametrize("run_id", ["id-1", 5, ""])
def test_an_id_that_is_no_uuid_is_refused(run_id):
    with pytest.raises(ValueError, match=f"run_id={run_id!r}: give a UUID"):
        run({"run_id": run_id})


def test_a_run_is_a_child_of_the_current_one():
    parent = run({"tags": ["t"]})
    token = current.set(parent)
    try:
        child = run()
    finally:
        leave(token)
    assert child.parent_run is parent
    assert child.info.parent_ids == (parent.run_id,)
    assert child.info.tags == ("t", "own", "given")
    assert parent.parent_run is None


def test_a_handle_makes_it_a_child_wherever_it_is_used():
    parent = run({"metadata": {"m": 1}})
    child = run({"callbacks": parent.handle("place"), "tags": ["t"]})
    assert child.parent_run is parent
    assert child.info.tags == ("place", "t", "own", "given")
    assert child.info.metadata == {"m": 1, "own": 1}


def test_a_handle_without_a_node_means_the_current_run():
    parent = run()
    token = current.set(parent)
    try:
        child = run({"callbacks": RunHandle(None, "place")})
    finally:
        leave(token)
    assert child.parent_run is parent
    assert child.info.tags[0] == "place"


def test_names_and_ids_are_not_handed_down():
    parent = run({"run_name": "named", "run_id": RUN_ID})
    child = run({"callbacks": parent.handle()})
    assert child.info.name == "source"
    assert child.run_id != RUN_ID


def test_the_config_for_user_code():
    parent = run({"tags": ["t"], "metadata": {"m": 1}, "configurable": {"c": 1}, "recursion_limit": 7})
    config = parent.child_config("place")
    handle = config.pop("callbacks")
    assert isinstance(handle, RunHandle)
    assert (handle.node, handle.tag) == (parent, "place")
    assert config == {"tags": ["t"], "metadata": {"m": 1}, "configurable": {"c": 1}, "recursion_limit": 7}
    assert run({"max_concurrency": 2}).child_config()["max_concurrency"] == 2
    config["tags"].append("mine")
    assert parent.child_config()["tags"] == ["t"]


def test_the_path_grows_with_the_depth():
    parents = [run()]
    for _ in range(5):
        parents.append(run({"callbacks": parents[-1].handle()}))
    assert parents[-1].info.parent_ids == tuple(parent.run_id for parent in parents[:-1])


# ---- who listens


def test_nothing_is_known_of_a_run_that_nobody_listens_to():
    told = run({"tags": ["t"]})
    told.start(1)
    told.chunk("a")
    told.finish("a")
    assert told._info is None
    assert told._run_id is None
    assert told.delivery is None
    assert told.hub is APPLICATION


def test_nothing_is_known_of_a_run_whose_life_nobody_listens_to():
    told = run({"tags": ["t"]})
    with listen(phases=["custom"]) as events:
        told.start(1)
        told.chunk("a")
        assert (told._info, told.input, told.delivery) == (None, MISSING, None)
        told.custom("half", 0.5)
        told.finish("a")
    assert [(event["name"], event["tags"][0]) for event in events] == [("half", "t")]


def test_whether_anybody_listens():
    told = run()
    assert not told.listened("stream")
    with subscribe(lambda event: None, phases=["stream"]):
        assert told.listened("stream")
        assert not told.listened("end")
    with subscribe(lambda event: None, exclude_names=["source"]):
        assert not told.listened("stream")


def test_a_teller_tells_chunks_to_those_who_want_them():
    told = run()
    with listen(exclude_types=["chain"]) as nobody, listen(phases=["stream"]) as events:
        told.start(1)
        tell = told.teller()
        tell("a")
        tell("b")
    assert [event["data"] for event in events] == [{"chunk": "a"}, {"chunk": "b"}]
    assert list(nobody) == []


def test_a_teller_tells_those_who_come_later_and_not_those_who_have_left():
    told = run()
    told.start(1)
    tell = told.teller()
    tell("a")
    with listen(exclude_types=["chain"]):
        tell("b")
    assert told._info is None  # nobody has wanted to know
    with listen() as first:
        tell("c")
        with listen() as second:
            tell("d")
        tell("e")
    tell("f")
    assert [event["data"]["chunk"] for event in first] == ["c", "d", "e"]
    assert [event["data"]["chunk"] for event in second] == ["d"]


def test_a_scope_has_subscribers_of_its_own():
    heard: list[Any] = []

    class Receiver:
        phases = frozenset({"start", "end"})
        direct = None
        settled = 0

        def wants(self, run: Any, phase: str, name: str | None) -> bool:
            return True

        def __call__(self, sender: Any, *, event: Any) -> None:
            heard.append(event.event)

        def failed(self, event: Any, error: Exception) -> None:
            raise error

        def settle(self) -> None:
            self.settled += 1

        async def asettle(self) -> None:
            self.settled += 1

    receiver: Any = Receiver()
    scope = Scope((receiver,), None)
    inside = run({"callbacks": RunHandle(scope)})
    outside = run()
    for told in (inside, outside):
        told.start(1)
        told.finish(2)
    assert heard == ["on_chain_start", "on_chain_end"]
    assert scope.first is inside.info
    assert inside.parent_run is None
    assert inside.info.parent_ids == ()
    scope.settle()
    assert receiver.settled == 1


def test_the_errors_of_a_scope_come_when_all_have_been_settled():
    settled: list[str] = []

    class Fails:
        phases = frozenset[str]()
        direct = None

        def __init__(self, name: str) -> None:
            self.name = name

        def settle(self) -> None:
            settled.append(self.name)
            raise ValueError(self.name)

    receivers: Any = (Fails("first"), Fails("second"))
    with pytest.raises(ValueError, match="first"):
        Scope(receivers, None).settle()
    assert settled == ["first", "second"]


# ---- the current one


def test_the_current_run():
    assert current_run() is None
    assert RunnableLambda(lambda x: current_run()).invoke(1).source.get_name() == "RunnableLambda"
    assert current_run() is None


def test_a_scope_is_no_run():
    scope = Scope((), None)
    token = current.set(scope)
    try:
        assert current_run() is None
        with listen(phases=["start"]) as events:
            RunnablePassthrough().invoke(1)
    finally:
        leave(token)
    assert [event["parent_ids"] for event in events] == [[]]


# ---- what goes wrong at its ends


@pytest.mark.parametrize("config", [5, "tags", ["a"]])
def test_a_config_is_a_dict(config):
    with pytest.raises(TypeError, match=r"^config=.*: give a dict, \{'tags': .*RunnableConfig"):
        RunnableLambda(str).invoke(1, config)


async def test_an_output_that_cannot_be_shown_ends_the_run_with_an_error():
    class Mute(RunnableLambda):
        def event_output(self, output: Any) -> Any:
            raise ValueError(f"no words for {output}")

    mute = Mute(str, name="mute")
    with listen() as events:
        with pytest.raises(ValueError, match="no words"):
            mute.invoke(1)
        with pytest.raises(ValueError, match="no words"):
            await mute.ainvoke(1)
        with pytest.raises(ValueError, match="no words"):
            [*mute.stream(1)]
        with pytest.raises(ValueError, match="no words"):
            [chunk async for chunk in mute.astream(1)]
    names = [event["event"] for event in events]
    assert names.count("on_chain_error") == names.count("on_chain_start") == 4
    assert "on_chain_end" not in names

"""What every saver does, whichever way it is called."""

import asyncio
import threading

import pytest

from checkpoints.savers import CLASSES, WAYS, Sync, checkpoint, metadata, opened, place, rows, stored
from eventflow.checkpoints import CheckpointTuple
from eventflow.errors import CodecError
from eventflow.graph import Interrupt, Send
from eventflow.messages import HumanMessage


class Ways:
    """Opens a saver, to be called one way."""

    def __init__(self, name, way, path):
        self.name, self.way, self.path = name, way, path

    async def __aenter__(self):
        self.manager = opened(self.name, self.path)
        self.raw = await self.manager.__aenter__()
        return Sync(self.raw) if self.way == "sync" else self.raw

    async def __aexit__(self, *error):
        await self.manager.__aexit__(*error)


@pytest.fixture(params=WAYS, ids=" ".join)
def ways(request, tmp_path):
    return Ways(*request.param, tmp_path / "file.db")


async def listed(saver, *args, **kwargs):
    return [found async for found in saver.alist(*args, **kwargs)]


async def grown(saver, steps, config=None, **values):
    """Checkpoints in a row, each with one more item in `log`; their configs."""
    config, log, made = config or place(), values.pop("log", []), []
    for step in range(steps):
        log = [*log, f"item {len(log)}"]
        one = checkpoint(log=log, **values)
        config = await saver.aput(config, one, metadata(step), {"log": step + 1}, {"log": len(log) - 1})
        made.append(config)
    return made


async def values_at(saver, config):
    found = await saver.aget_tuple(config)
    return found.checkpoint["channel_values"]


async def test_nothing_is_there_at_first(ways):
    async with ways as saver:
        assert await saver.aget_tuple(place()) is None
        assert await saver.aget(place()) is None
        assert await saver.aget_tuple(place(id="x")) is None
        assert await listed(saver, place()) == []
        assert await listed(saver, None) == []
        await saver.adelete_thread("1")
        await saver.acopy_thread("1", "2")
        await saver.aprune(["1"])
        assert await listed(saver, None) == []


async def test_what_is_put_is_there(ways):
    async with ways as saver:
        one = checkpoint(x=(1, {2}), log=[HumanMessage("hi", id="1")], send=Send("a", {"b": 1}))
        config = await saver.aput(place(), one, metadata(-1, "input"), {"x": 1, "log": 1, "send": 1})
        assert config == place(id=one["id"])
        found = await saver.aget_tuple(place())
        assert found == CheckpointTuple(config, one, metadata(-1, "input"), None, [])
        assert await saver.aget_tuple(config) == found
        assert await saver.aget(config) == one
        assert await saver.aget_tuple(place(id="other")) is None
        assert [*found.checkpoint["channel_values"]] == ["x", "log", "send"]


async def test_the_parent_is_known_and_the_newest_is_found(ways):
    async with ways as saver:
        first, second, third = await grown(saver, 3)
        assert (await saver.aget_tuple(place())).config == third
        assert (await saver.aget_tuple(third)).parent_config == second
        assert (await saver.aget_tuple(first)).parent_config is None
        assert await values_at(saver, second) == {"log": ["item 0", "item 1"]}


async def test_what_was_not_written_is_taken_from_the_parent(ways):
    async with ways as saver:
        config = await saver.aput(place(), checkpoint(x=1, y=[2]), metadata(), {"x": 1, "y": 1})
        config = await saver.aput(config, checkpoint(x=2, y=[2], z=3), metadata(), {"x": 2, "z": 1})
        config = await saver.aput(config, checkpoint(x=2, z=3), metadata(), {})
        assert [one.checkpoint["channel_values"] for one in await listed(saver, place())] == [
            {"x": 2, "z": 3},
            {"x": 2, "y": [2], "z": 3},
            {"x": 1, "y": [2]},
        ]


async def test_lists_are_put_together_again(ways):
    async with ways as saver:
        config = await saver.aput(place(), checkpoint(log=[1, 2, 3]), metadata(), {"log": 1})
        config = await saver.aput(config, checkpoint(log=[1, 2, 3]), metadata(), {"log": 2}, {"log": 3})
        config = await saver.aput(config, checkpoint(log=[1, 9]), metadata(), {"log": 3}, {"log": 1})
        config = await saver.aput(config, checkpoint(log=[1, 9, 4]), metadata(), {"log": 4}, {"log": 2})
        config = await saver.aput(config, checkpoint(log=[]), metadata(), {"log": 5}, {})
        config = await saver.aput(config, checkpoint(log="text"), metadata(), {"log": 6}, {})
        logs = [one.checkpoint["channel_values"]["log"] for one in await listed(saver, place())]
        assert logs == ["text", [], [1, 9, 4], [1, 9], [1, 2, 3], [1, 2, 3]]


async def test_a_parent_that_is_not_there_takes_nothing_away(ways):
    async with ways as saver:
        config = place(id="gone")
        config = await saver.aput(config, checkpoint(log=[1, 2], x=1), metadata(), {"log": 5}, {"log": 1})
        assert await values_at(saver, config) == {"log": [1, 2], "x": 1}


async def test_two_children_of_one_parent(ways):
    async with ways as saver:
        _, parent = await grown(saver, 2, x=1)
        log = (await values_at(saver, parent))["log"]
        left = await grown(saver, 2, parent, log=log, x=1)
        one = checkpoint(log=[*log, "right"], x=2)
        right = await saver.aput(parent, one, metadata(), {"log": 3, "x": 2}, {"log": 2})
        assert await values_at(saver, left[1]) == {"log": ["item 0", "item 1", "item 2", "item 3"], "x": 1}
        assert await values_at(saver, right) == {"log": ["item 0", "item 1", "right"], "x": 2}
        assert await values_at(saver, parent) == {"log": ["item 0", "item 1"], "x": 1}
        assert (await saver.aget_tuple(right)).parent_config == parent
        assert (await saver.aget_tuple(place())).config == right


async def test_lists_of_checkpoints(ways):
    async with ways as saver:
        config = place()
        made = []
        for step in range(6):
            source = "update" if step % 2 else "loop"
            config = await saver.aput(config, checkpoint(x=step), metadata(step, source), {"x": step})
            made.append(config)

        async def steps(*args, **kwargs):
            return [one.metadata["step"] for one in await listed(saver, *args, **kwargs)]

        assert await steps(place()) == [5, 4, 3, 2, 1, 0]
        assert await steps(place(), limit=2) == [5, 4]
        assert await steps(place(), limit=0) == []
        assert await steps(place(), limit=99) == [5, 4, 3, 2, 1, 0]
        assert await steps(place(), before=made[3]) == [2, 1, 0]
        assert await steps(place(), before=place()) == [5, 4, 3, 2, 1, 0]
        assert await steps(place(), filter={"source": "update"}) == [5, 3, 1]
        assert await steps(place(), filter={"source": "update"}, limit=1) == [5]
        assert await steps(place(), filter={"source": "update"}, before=made[5], limit=1) == [3]
        assert await steps(place(), filter={"source": "update", "step": 2}) == []
        assert await steps(place(), filter={"other": None}) == []
        assert await steps(place(), filter={"parents": {}}, limit=1) == [5]
        assert await steps(made[2]) == [2]
        assert await steps(place("other")) == []


async def test_a_list_can_be_left_early(ways):
    async with ways as saver:
        await grown(saver, 3)
        found = saver.alist(place())
        assert (await anext(found)).metadata["step"] == 2
        await saver.adelete_thread("1")  # nobody waits for the reader
        assert await saver.aget_tuple(place()) is None
        await found.aclose()


async def test_threads_and_namespaces_are_apart(ways):
    async with ways as saver:
        made = {}
        for thread in ("1", "2"):
            for ns in ("", "child:1"):
                (made[thread, ns],) = await grown(saver, 1, place(thread, ns), where=thread + ns)
        for (thread, ns), config in made.items():
            assert await values_at(saver, place(thread, ns)) == {"log": ["item 0"], "where": thread + ns}
            assert [one.config for one in await listed(saver, place(thread, ns))] == [config]
        in_all = [one.config for one in await listed(saver, {"configurable": {"thread_id": "1"}})]
        assert in_all == [made["1", "child:1"], made["1", ""]]
        assert [one.config for one in await listed(saver, None)] == [*made.values()][::-1]
        assert [one.config for one in await listed(saver, None, limit=1)] == [made["2", "child:1"]]
        id = made["1", ""]["configurable"]["checkpoint_id"]
        assert await saver.aget_tuple(place("2", "", id)) is None


async def test_numbers_are_threads_too(ways):
    async with ways as saver:
        await grown(saver, 1, place(7))
        assert (await saver.aget_tuple(place("7"))).config["configurable"]["thread_id"] == "7"
        await saver.adelete_thread(7)
        assert await saver.aget_tuple(place(7)) is None


async def test_what_tasks_wrote_in_the_order_of_the_tasks(ways):
    async with ways as saver:
        first, second = await grown(saver, 2)
        await saver.aput_writes(second, [("x", 1), ("x", (2,))], "b", "path")
        await saver.aput_writes(second, [("__interrupt__", [Interrupt("q", "id")])], "a")
        await saver.aput_writes(second, [("__error__", "no")], "b")
        await saver.aput_writes(second, [], "c")
        await saver.aput_writes(first, [("y", 1)], "a")
        found = await saver.aget_tuple(place())
        assert found.pending_writes == [
            ("b", "__error__", "no"),
            ("a", "__interrupt__", [Interrupt("q", "id")]),
        ]
        assert (await saver.aget_tuple(first)).pending_writes == [("a", "y", 1)]
        assert [len(one.pending_writes) for one in await listed(saver, place())] == [2, 1]


async def test_what_was_kept_does_not_change(ways):
    async with ways as saver:
        message, writes, about = HumanMessage("hi"), {"a": [1]}, metadata()
        one = checkpoint(log=[message], d={"a": [1]})
        config = await saver.aput(place(), one, about, {"log": 1, "d": 1})
        await saver.aput_writes(config, [("x", writes)], "t")
        before = await saver.aget_tuple(config)
        message.content = "changed"
        one["channel_values"]["d"]["a"].append(2)
        one["ended"].append("changed")
        about["source"] = "changed"
        writes["a"].append(2)
        found = await saver.aget_tuple(config)
        assert found == before
        assert found.checkpoint["channel_values"]["d"] == {"a": [1]}
        found.checkpoint["channel_values"]["log"].append("changed")
        found.checkpoint["channel_values"]["d"]["a"].append("changed")
        found.metadata["source"] = "changed"
        assert await saver.aget_tuple(config) == before


async def test_what_is_no_data_is_refused_and_leaves_nothing(ways):
    async with ways as saver:
        (config,) = await grown(saver, 1)
        before = stored(ways.raw)
        with pytest.raises(CodecError, match="cannot keep a object"):
            await saver.aput(config, checkpoint(x=1, y={"a": object()}), metadata(), {"x": 1, "y": 1})
        with pytest.raises(CodecError, match="cannot keep a object"):
            await saver.aput_writes(config, [("x", 1), ("y", object())], "t")
        assert stored(ways.raw) == before
        found = await saver.aget_tuple(place())
        assert (found.config, found.pending_writes) == (config, [])


async def test_configs_that_name_too_little(ways):
    async with ways as saver:
        with pytest.raises(ValueError, match="names no thread"):
            await saver.aget_tuple({"configurable": {}})
        with pytest.raises(ValueError, match="names no thread"):
            await saver.aput({}, checkpoint(), metadata(), {})
        with pytest.raises(ValueError, match="names no checkpoint of thread '1'"):
            await saver.aput_writes(place(), [("x", 1)], "t")


async def test_a_thread_is_forgotten(ways):
    async with ways as saver:
        for thread in ("1", "2"):
            for ns in ("", "child:1"):
                (config,) = await grown(saver, 1, place(thread, ns))
                await saver.aput_writes(config, [("x", 1)], "t")
        await saver.adelete_thread("1")
        assert len(await listed(saver, None)) == 2
        assert await saver.aget_tuple(place()) is None
        found = await saver.aget_tuple(place("2", "child:1"))
        assert found.pending_writes == [("t", "x", 1)]
        await saver.adelete_thread("2")
        if hasattr(ways.raw, "_file"):
            assert set(rows(ways.raw).values()) == {0}


async def test_a_thread_is_copied(ways):
    async with ways as saver:
        made = await grown(saver, 4, x=1)
        await grown(saver, 1, place("1", "child:1"))
        await saver.aput_writes(made[3], [("y", 1)], "b")
        await saver.aput_writes(made[3], [("z", 1)], "a")
        (other,) = await grown(saver, 1, place("2"))
        before = await listed(saver, {"configurable": {"thread_id": "1"}})
        await saver.acopy_thread("1", "2")
        await saver.acopy_thread("2", "2")
        await saver.adelete_thread("1")
        copied = await listed(saver, {"configurable": {"thread_id": "2"}})

        def moved(config):
            return config and {"configurable": {**config["configurable"], "thread_id": "2"}}

        expected = [
            one._replace(config=moved(one.config), parent_config=moved(one.parent_config)) for one in before
        ]
        assert [one for one in copied if one.config != other] == expected
        more = await grown(saver, 1, moved(made[3]), log=["item 0", "item 1", "item 2", "item 3"])
        assert (await values_at(saver, more[0]))["log"][-1] == "item 4"


async def test_only_the_newest_is_left(ways):
    async with ways as saver:
        for thread in ("1", "2"):
            for ns in ("", "child:1"):
                made = await grown(saver, 5, place(thread, ns), x={"a": 1})
                await saver.aput_writes(made[0], [("y", 1)], "a")
                await saver.aput_writes(made[4], [("z", 1)], "a")
        before = {
            one.config["configurable"]["checkpoint_ns"]: one for one in await listed(saver, place(), limit=1)
        }
        before |= {"child:1": await saver.aget_tuple(place("1", "child:1"))}
        await saver.aprune(["1", "unknown"])
        left = await listed(saver, {"configurable": {"thread_id": "1"}})
        assert left == [before[ns]._replace(parent_config=None) for ns in ("child:1", "")]
        assert len(await listed(saver, place("2"))) == 5
        (next_,) = await grown(
            saver, 1, left[1].config, log=left[1].checkpoint["channel_values"]["log"], x={"a": 1}
        )
        assert (await values_at(saver, next_))["log"][-1] == "item 5"
        await saver.aprune(["2"], strategy="delete")
        assert await listed(saver, {"configurable": {"thread_id": "2"}}) == []
        with pytest.raises(ValueError, match="no strategy 'all'"):
            await saver.aprune(["1"], strategy="all")


async def test_what_is_forgotten_takes_no_room(ways):
    async with ways as saver:
        config = place()
        for step in range(20):
            one = checkpoint(x="x" * 1000 + str(step))
            config = await saver.aput(config, one, metadata(step), {"x": step})
        full = stored(ways.raw)
        await saver.aprune(["1"])
        assert stored(ways.raw) < full / 15


@pytest.mark.parametrize("name", CLASSES)
async def test_a_list_that_grows_takes_the_room_of_its_items(name, tmp_path):
    sizes = []
    for steps in (50, 100, 200):
        async with opened(name, tmp_path / f"{steps}.db") as saver:
            await grown(saver, steps, x="x" * 10_000)
            sizes.append(stored(saver))
    assert sizes[1] < 1.8 * sizes[0]
    assert sizes[2] - sizes[1] < 2.1 * (sizes[1] - sizes[0])


async def test_many_tasks_at_once(ways):
    async with ways as saver:
        await asyncio.gather(*[grown(saver, 5, place(str(n))) for n in range(8)])
        for n in range(8):
            assert len((await values_at(saver, place(str(n))))["log"]) == 5


@pytest.mark.parametrize("name", CLASSES)
async def test_many_threads_at_once(name, tmp_path):
    async with opened(name, tmp_path / "file.db") as saver:
        errors = []

        def work(n):
            try:
                config, log = place(str(n % 3), f"ns{n}"), []
                for step in range(10):
                    log = [*log, step]
                    config = saver.put(
                        config, checkpoint(log=log), metadata(step), {"log": step}, {"log": step}
                    )
                    saver.put_writes(config, [("x", step)], "t")
                    assert saver.get_tuple(config).checkpoint["channel_values"]["log"] == log
                    assert len([*saver.list(place(str(n % 3), f"ns{n}"), limit=2)]) == min(step + 1, 2)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len([*saver.list(None)]) == 80


@pytest.mark.parametrize("name", ["sqlite", "async sqlite"])
async def test_who_is_cancelled_leaves_the_saver_usable(name, tmp_path):
    async with opened(name, tmp_path / "file.db") as saver:
        job = asyncio.ensure_future(grown(saver, 1000))
        while await saver.aget_tuple(place()) is None:
            pass
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        count = len([one async for one in saver.alist(place())])
        assert 0 < count < 1000
        assert len((await values_at(saver, place()))["log"]) == count

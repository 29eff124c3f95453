"""`Runnable`: what every runnable can do, and what it hands to the composites."""

from typing import Any

import pytest

from eventflow.runnables import Runnable, RunnableBinding, RunnableLambda, RunnablePassthrough
from eventflow.runnables.base import Composer, composer, install_composer


class Mine(Runnable[int, int]):
    blocking = False

    def _do_invoke(self, input: int, run: Any, **kwargs: Any) -> int:
        return input + kwargs.get("by", 1)


async def test_a_runnable_of_ones_own_has_everything():
    mine = Mine()
    assert mine.invoke(1) == await mine.ainvoke(1) == 2
    assert mine.batch([1, 2]) == await mine.abatch([1, 2]) == [2, 3]
    assert sorted(mine.batch_as_completed([1, 2])) == [(0, 2), (1, 3)]
    assert sorted([pair async for pair in mine.abatch_as_completed([1, 2])]) == [(0, 2), (1, 3)]
    assert (mine | mine).invoke(1) == ((lambda x: x) | mine | mine).invoke(1) == 3
    assert mine.bind(by=5).invoke(1) == 6
    assert mine.map().invoke([1]) == [2]
    assert mine.with_retry().invoke(1) == mine.with_fallbacks([mine]).invoke(1) == 2
    assert repr(mine) == "Mine()"
    assert mine.inner_runnables() == ()
    assert mine.get_prompts() == []


def test_what_makes_bindings():
    for made in (
        Mine().bind(by=2),
        Mine().with_config(tags=["t"]),
        Mine().with_types(input_type=int),
        Mine().with_listeners(on_start=print),
        Mine().with_alisteners(),
    ):
        assert isinstance(made, RunnableBinding)
        assert isinstance(made.bound, Mine)


def test_a_config_as_a_dict_and_as_keywords():
    bound: Any = Mine().with_config({"tags": ["a"], "run_name": "dict"}, run_name="keyword")
    assert bound.config == {"tags": ["a"], "run_name": "keyword"}


@pytest.mark.parametrize("thing", [5, "text", None])
def test_what_cannot_be_composed(thing):
    for compose in (lambda: Mine() | thing, lambda: thing | Mine(), lambda: Mine().pipe(thing, thing)):
        with pytest.raises((TypeError, ValueError), match=r"Expected a Runnable|at least 2 steps"):
            compose()


def test_prompts_inside_are_found():
    class Prompt(RunnablePassthrough[Any]):
        kind = "prompt"

    prompt = Prompt()
    assert (Mine() | prompt | {"a": Mine(), "b": prompt}).get_prompts() == [prompt, prompt]


def test_the_composites_are_handed_in_once():
    """This is how the arrows between the modules point down."""
    installed: Composer = composer()
    assert isinstance(installed.sequence((RunnablePassthrough(), len)), Runnable)
    install_composer(installed)
    assert composer() is installed


def test_parts_are_found_through_everything():
    inner = RunnableLambda(len)
    chain = inner | {"a": inner.with_config(tags=["t"]), "b": inner.with_retry()}

    def walk(runnable: Runnable[Any, Any]) -> list[Any]:
        return [runnable, *(below for part in runnable.inner_runnables() for below in walk(part))]

    assert walk(chain).count(inner) == 3

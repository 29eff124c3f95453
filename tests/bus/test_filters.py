"""Which events pass: against an oracle, and refused at the door where a filter makes no sense."""

from collections.abc import Iterable
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.emitters import FakeRun
from eventflow.bus import Emitter, Filter, FilterOptions
from eventflow.errors import SubscriptionError
from eventflow.events import PHASES, Kind, Phase

NAMES = ("a", "b", "c")
KINDS: tuple[Kind, ...] = ("chain", "tool", "llm")

runs = st.builds(
    lambda name, kind, tags, parent: FakeRun(name, kind, tags=tuple(tags), parent=parent),
    st.sampled_from(NAMES),
    st.sampled_from(KINDS),
    st.sets(st.sampled_from(NAMES)),
    st.none() | st.builds(FakeRun, st.sampled_from(("root", "other"))),
)
lists = st.none() | st.lists(st.sampled_from((*NAMES, *KINDS, "custom")), max_size=2)


def oracle(
    run: FakeRun,
    name: str | None,
    include: tuple[Iterable[str] | None, ...],
    exclude: tuple[Iterable[str] | None, ...],
) -> bool:
    """LangChain's rule: any include lets pass, if there are any; then any exclude holds back."""
    shown = (name or run.info.name, name or run.kind)

    def matches(names: Iterable[str] | None, types: Iterable[str] | None, tags: Iterable[str] | None) -> bool:
        return (
            shown[0] in (names or ()) or shown[1] in (types or ()) or bool({*run.info.tags} & {*(tags or ())})
        )

    passes = all(given is None for given in include) or matches(*include)
    return passes and not matches(*exclude)


@given(
    run=runs,
    name=st.none() | st.sampled_from(("a", "custom")),
    include=st.tuples(lists, lists, lists),
    exclude=st.tuples(lists, lists, lists),
)
def test_include_and_exclude(run: FakeRun, name: str | None, include: Any, exclude: Any) -> None:
    wanted = Filter(
        include_names=include[0],
        include_types=include[1],
        include_tags=include[2],
        exclude_names=exclude[0],
        exclude_types=exclude[1],
        exclude_tags=exclude[2],
    )
    phase: Phase = "stream" if name is None else "custom"
    assert wanted.wants(run, phase, name) == oracle(run, name, include, exclude)


def wants(run: FakeRun, name: str | None = None, /, **options: Any) -> bool:
    """Whether a filter lets a run pass."""
    return Filter(**options).wants(run, "stream" if name is None else "custom", name)


def test_everything_passes_without_options() -> None:
    assert all(Filter().wants(FakeRun(), phase, None) for phase in get_args(Phase))
    assert Filter().phases == {*PHASES}


def test_an_empty_include_list_lets_nothing_pass_as_in_langchain() -> None:
    assert not wants(FakeRun(), include_names=[])
    assert wants(FakeRun(), exclude_names=[])


@pytest.mark.parametrize("kind", [list, tuple, set, iter])
def test_any_iterable_of_strings_will_do(kind: Any) -> None:
    wanted = Filter(include_names=kind(["a"]), phases=kind(["end", "stream"]))
    assert [wanted.wants(FakeRun(name), "stream", None) for name in "ab" * 2] == [True, False] * 2


def test_a_custom_event_goes_by_its_own_name_and_the_tags_of_its_run() -> None:
    run = FakeRun("run", "tool", tags=("tagged",))
    assert wants(run, "progress", include_names=["progress"])
    assert wants(run, "progress", include_types=["progress"])
    assert wants(run, "progress", include_tags=["tagged"])
    assert not wants(run, "progress", include_names=["run"])
    assert not wants(run, "progress", include_types=["tool"])
    assert wants(run, "progress", exclude_names=["run"], exclude_types=["tool"])


def test_phases() -> None:
    wanted = Filter(phases=["start", "error"])
    assert wanted.phases == {"start", "error"}
    assert [phase for phase in PHASES if wanted.wants(FakeRun(), phase, None)] == ["start", "error"]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_depth(depth: int) -> None:
    root = FakeRun("root")
    child = FakeRun("child", parent=root)
    grandchild = FakeRun("grandchild", parent=child)
    passed = [wants(run, max_depth=depth) for run in (root, child, grandchild)]
    assert passed == [True] * (depth + 1) + [False] * (2 - depth)


@pytest.mark.parametrize("form", ["id", "info", "run", "uuid"])
def test_the_subtree_of_a_run(form: str) -> None:
    root = FakeRun("root")
    branch = FakeRun("branch", parent=root)
    branch.info.run_id = str(UUID(int=7))
    leaf = FakeRun("leaf", parent=branch)
    sibling = FakeRun("sibling", parent=root)
    forms = {"id": branch.info.run_id, "info": branch.info, "run": branch, "uuid": UUID(int=7)}
    passed = [wants(run, run=forms[form]) for run in (root, branch, leaf, sibling)]
    assert passed == [False, True, True, False]


def test_all_conditions_together() -> None:
    root = FakeRun("root")
    child = FakeRun("child", "tool", parent=root)
    options: dict[str, Any] = {"include_types": ["tool"], "run": root, "max_depth": 1, "phases": ["stream"]}
    assert wants(child, **options)
    assert not wants(child, **{**options, "max_depth": 0})
    assert not wants(child, **{**options, "run": "id-other"})
    assert not wants(child, **{**options, "include_types": ["llm"]})
    assert not wants(child, **{**options, "phases": ["end"]})


# ---- refused at the door


def test_an_unknown_keyword_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SubscriptionError) as caught:
        Filter(include_name=["a"])  # type: ignore[call-arg]
    assert str(caught.value).startswith(
        "unknown filter include_name: there are include_names, include_types, "
    )
    assert all(keyword in str(caught.value) for keyword in FilterOptions.__annotations__)


def test_a_phase_that_no_run_has_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SubscriptionError, match=r"phases=.*'begin'.*: .* start, stream, end, error, custom"):
        Filter(phases=["begin"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "keyword",
    [*(f"{side}_{what}" for side in ("include", "exclude") for what in ("names", "types", "tags")), "phases"],
)
def test_a_bare_string_is_refused_with_the_list_that_was_meant(keyword: Any) -> None:
    with pytest.raises(
        SubscriptionError, match=rf"{keyword}='start': give a list of strings, such as \['start'\]"
    ):
        Filter(**{keyword: "start"})


@pytest.mark.parametrize("run", [7, {"run_id": "x"}, ["x"]])
def test_what_is_no_run_is_refused(run: Any) -> None:
    with pytest.raises(SubscriptionError, match=r"run=.*: give a run, its RunInfo, or its id"):
        Filter(run=run)


def test_a_fake_run_is_an_emitter() -> None:
    emitter: Emitter = FakeRun()
    assert emitter.info.depth == 0

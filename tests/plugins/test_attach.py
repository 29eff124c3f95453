"""`attach_plugins`, with distributions that are really there."""

import subprocess
import sys

import pytest

from eventflow import PluginError, RunnableLambda
from eventflow.bus import active_subscriptions
from eventflow.plugins import attach_plugins
from plugins.distributions import install

COUNTS = """
    told = []

    def make():
        return lambda event: told.append(event["event"])
"""

BROKEN = {
    "raises": "def make(): raise ValueError('no licence')",
    "not_callable": "make = 3",
    "coroutine": "async def make(): ...",
    "gives_nothing": "def make(): pass",
    "gives_coroutine": "async def listen(event): ...\ndef make(): return listen",
    "wrong_filters": "def listen(event): ...\nlisten.filters = {'names': ['a']}\ndef make(): return listen",
    "no_filters": "def listen(event): ...\nlisten.filters = 3\ndef make(): return listen",
    "no_import": "import surely_not_installed_anywhere",
    "no_syntax": "def",
    "no_object": "",
    "exits": "raise SystemExit('bye')",
}
WHY = {
    "raises": "ValueError: no licence",
    "not_callable": "TypeError: it is 3: give a function or class",
    "coroutine": "is a coroutine function",
    "gives_nothing": "SubscriptionError: a subscriber must be callable, and None is not",
    "gives_coroutine": "SubscriptionError: listen is a coroutine function",
    "wrong_filters": "SubscriptionError: unknown filter names",
    "no_filters": "TypeError",
    "no_import": "ModuleNotFoundError: No module named 'surely_not_installed_anywhere'",
    "no_syntax": "SyntaxError",
    "no_object": "AttributeError",
    "exits": "SystemExit: bye",
}


def told(name):
    return sys.modules[name].told


def test_a_plugin_is_told_until_it_is_closed(place):
    install(place, "counts", COUNTS, subscribers={"counts": "make"})
    with attach_plugins() as plugins:
        RunnableLambda(len).invoke("")
        assert told("counts") == ["on_chain_start", "on_chain_end"]
    RunnableLambda(len).invoke("")
    assert len(told("counts")) == 2
    plugins.close()
    assert plugins.loaded["counts"].closed
    assert plugins.loaded["counts"].statistics.delivered == 2


def test_a_plugin_can_say_what_it_wants(place):
    source = """
        told = []

        class Ends:
            filters = {"phases": ["end"], "include_names": ["inner"]}

            def __call__(self, event):
                told.append((event["event"], event["name"]))
    """
    install(place, "ends", source, subscribers={"ends": "Ends"})
    with attach_plugins("ends"):
        (RunnableLambda(len, name="inner") | RunnableLambda(str, name="outer")).invoke("")
    assert told("ends") == [("on_chain_end", "inner")]


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_named_and_stops_no_other(kind, place, caplog):
    install(place, f"broken_{kind}", BROKEN[kind], subscribers={kind: "make"})
    install(place, "counts", COUNTS, subscribers={"a_first": "make", "z_last": "make"})
    with attach_plugins() as plugins:
        RunnableLambda(len).invoke("")
    assert len(told("counts")) == 4
    assert ([*plugins.loaded], [*plugins.failed]) == (["a_first", "z_last"], [kind])
    failure = plugins.failed[kind]
    assert isinstance(failure, PluginError)
    assert str(failure).startswith(f"plugin {kind!r} (broken_{kind}:make of broken_{kind}) cannot be used: ")
    assert WHY[kind] in str(failure)
    assert failure.__cause__ is not None
    (entry,) = caplog.records
    assert (entry.name, entry.levelname) == ("eventflow.plugins", "ERROR")
    assert str(failure) in entry.getMessage()


def test_a_name_that_two_distributions_want_is_nobodys(place, caplog):
    install(place, "one", COUNTS, subscribers={"same": "make"})
    install(place, "two", COUNTS, subscribers={"same": "make", "other": "make"})
    with attach_plugins() as plugins:
        assert [*plugins.loaded] == ["other"]
    assert "taken twice, by " in str(plugins.failed["same"])
    assert "one:make of one" in str(plugins.failed["same"])
    assert "two:make of two" in str(plugins.failed["same"])
    assert len(caplog.records) == 1


def test_only_those_that_are_asked_for_are_loaded_in_that_order(place):
    install(place, "counts", COUNTS, subscribers={"a": "make", "b": "make"})
    install(place, "other", COUNTS, subscribers={"c": "make"})
    with attach_plugins("b", "a", "b") as plugins:
        assert [*plugins.loaded] == ["b", "a"]
    assert "other" not in sys.modules


def test_a_name_that_is_not_installed_is_refused(place):
    install(place, "counts", COUNTS, subscribers={"counts": "make"})
    with pytest.raises(
        PluginError, match=r"no plugin 'count' in eventflow.subscribers: installed are .*counts"
    ):
        attach_plugins("counts", "count")
    assert "counts" not in sys.modules
    assert active_subscriptions() == 0


@pytest.mark.parametrize("off", ["off", "0", "none", " OFF "])
def test_all_can_be_switched_off(off, place, monkeypatch):
    monkeypatch.setenv("EVENTFLOW_PLUGINS", off)
    install(place, "counts", COUNTS, subscribers={"counts": "make"})
    for plugins in attach_plugins(), attach_plugins("counts"):
        assert (dict(plugins.loaded), dict(plugins.failed)) == ({}, {})
    assert "counts" not in sys.modules


def test_a_list_allows_only_those_on_it(place, monkeypatch, caplog):
    install(place, "counts", COUNTS, subscribers={"a": "make", "b": "make"})
    install(place, "other", COUNTS, subscribers={"c": "make"}, modes={"m": "make"})
    monkeypatch.setenv("EVENTFLOW_PLUGINS", "b, a ,m")
    with attach_plugins() as plugins:
        assert [*plugins.loaded] == ["a", "b"]
    with attach_plugins("a", "c") as plugins:
        assert [*plugins.loaded] == ["a"]
    assert "other" not in sys.modules
    assert caplog.records == []
    monkeypatch.setenv("EVENTFLOW_PLUGINS", "a,typo")
    attach_plugins().close()
    assert "EVENTFLOW_PLUGINS allows typo, which is not installed" in caplog.text


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_switch_switches_nothing(empty, place, monkeypatch):
    monkeypatch.setenv("EVENTFLOW_PLUGINS", empty)
    install(place, "counts", COUNTS, subscribers={"counts": "make"})
    with attach_plugins() as plugins:
        assert "counts" in plugins.loaded


def test_what_fails_later_is_isolated_like_any_subscriber(place, caplog):
    install(
        place,
        "late",
        "def listen(event): raise ValueError\ndef make(): return listen",
        subscribers={"late": "make"},
    )
    with attach_plugins() as plugins:
        assert RunnableLambda(len).invoke("") == 0
    assert plugins.loaded["late"].statistics.errors == 2
    assert {entry.name for entry in caplog.records} == {"eventflow.subscribers"}


def test_nothing_is_loaded_by_importing_eventflow(place):
    install(place, "loud", "print('loaded')", subscribers={"loud": "make"}, modes={"loud": "make"})
    program = f"import sys; sys.path.insert(0, {str(place)!r}); import eventflow; print('done')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "done\n"

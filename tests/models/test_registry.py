"""Providers of chat models: entry points that are installed, and what a program registers."""

import subprocess
import sys

import pytest

from eventflow import EventflowError, FakeListChatModel, PluginError
from eventflow.models import chat_model_providers, init_chat_model, register_chat_model
from eventflow.models.registry import factory_of
from plugins.distributions import install

MADE = """
    from eventflow import FakeListChatModel

    def make(*, model, **kwargs):
        return FakeListChatModel(responses=[f"{model} {kwargs}"])
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder on `sys.path`, to install distributions in."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("eventflow.models.registry._loaded", {})
    yield tmp_path
    for file in tmp_path.glob("*.py"):
        sys.modules.pop(file.stem, None)


def parrot(*, model, **kwargs):
    return FakeListChatModel(responses=[f"I am {model}"])


def other(*, model, **kwargs):
    return FakeListChatModel(responses=["I am another"])


def said(name, **kwargs):
    return init_chat_model(name, **kwargs).invoke("Hi").text


def test_an_entry_point_is_a_provider(place):
    install(place, "made", MADE, chat_models={"made_here": "make"})
    assert "made_here" in chat_model_providers()
    assert "made" not in sys.modules
    assert said("made_here:m", times=2) == "m {'times': 2}"
    assert said("Made-Here:m") == "m {}"


def test_what_is_loaded_is_looked_up_once(place, monkeypatch):
    install(place, "made", MADE, chat_models={"made_here": "make"})
    factory = factory_of("made_here")
    (place / "made-1.0.dist-info" / "entry_points.txt").unlink()
    assert factory_of("made_here") is factory
    assert said("made_here:m") == "m {}"


def test_a_program_registers_a_provider_and_takes_it_back():
    registration = register_chat_model("Parrots-1", parrot)
    assert said("parrots_1:polly") == "I am polly"
    assert "parrots_1" in chat_model_providers()
    assert repr(registration) == "<ChatModelRegistration 'parrots_1'>"
    registration.close()
    registration.close()
    with pytest.raises(ValueError, match="there is no provider 'parrots_1'"):
        init_chat_model("parrots_1:polly")


def test_what_a_program_registers_goes_before_what_is_installed(place):
    install(place, "made", MADE, chat_models={"made_here": "make"})
    with register_chat_model("made_here", parrot):
        assert said("made_here:m") == "I am m"
    assert said("made_here:m") == "m {}"


def test_who_registers_last_stays():
    with register_chat_model("parrots", parrot):
        second = register_chat_model("parrots", other)
    assert said("parrots:polly") == "I am another"
    second.close()
    assert "parrots" not in chat_model_providers()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import surely_not_installed_anywhere", "ModuleNotFoundError: No module named 'surely_not"),
        ("def", "SyntaxError"),
        ("", "AttributeError"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
    ],
)
def test_a_broken_entry_point_says_whose_it_is(place, source, why, caplog):
    install(place, "broken", source, chat_models={"broken_here": "make"})
    with pytest.raises(PluginError) as caught:
        init_chat_model("broken_here:x")
    assert str(caught.value).startswith("plugin 'broken_here' (broken:make of broken) cannot be used: ")
    assert why in str(caught.value)
    assert caught.value.__cause__ is not None
    assert caplog.text == ""


def test_an_entry_point_that_makes_nothing(place):
    install(place, "broken", "make = 3", chat_models={"broken_here": "make"})
    with pytest.raises(
        PluginError, match=r"'broken_here' of eventflow.chat_models is 3: it has to be a class"
    ):
        init_chat_model("broken_here:x")


def test_a_name_that_two_distributions_have(place):
    install(place, "first", MADE, chat_models={"same": "make"})
    install(place, "second", MADE, chat_models={"same": "make"})
    with pytest.raises(PluginError, match=r"the name is taken twice, by .*first:make of first"):
        init_chat_model("same:x")


def test_an_extra_that_is_missing_is_named(place):
    source = """
        from eventflow import MissingDependencyError
        raise MissingDependencyError("ChatX", package="x-sdk", extra="x")
    """
    install(place, "lacking", source, chat_models={"lacking_here": "make"})
    with pytest.raises(EventflowError, match=r"ChatX needs the package 'x-sdk'.*eventflow\[x\]"):
        init_chat_model("lacking_here:x")


@pytest.mark.parametrize(
    ("provider", "factory", "error", "why"),
    [
        ("x", 3, TypeError, "provider 'x' is registered with 3: give a class"),
        ("", parrot, ValueError, "give a name without a colon"),
        ("a:b", parrot, ValueError, "provider 'a:b' cannot be part of 'provider:model'"),
    ],
)
def test_what_makes_no_sense_is_refused(provider, factory, error, why):
    with pytest.raises(error, match=why):
        register_chat_model(provider, factory)


def test_no_provider_is_imported_before_it_is_asked_for():
    code = (
        "import sys, eventflow\n"
        "from eventflow.models import chat_model_providers\n"
        "assert 'openai' in chat_model_providers()\n"
        "print([name for name in sys.modules if name.startswith(('eventflow_', 'openai', 'anthropic'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""A server for each test, and a model that asks it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from adapters.anthropic.replies import Messages
from adapters.serving import Server, serving

KEY = "sk-test-key"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Messages()) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What the machine's owner has set is not for the tests; nor are proxies."""
    for name in ("API_KEY", "AUTH_TOKEN", "BASE_URL", "API_URL", "PROFILE", "CUSTOM_HEADERS", "LOG"):
        monkeypatch.delenv(f"ANTHROPIC_{name}", raising=False)
    monkeypatch.delenv("ANTHROPIC_CONFIG_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def make(server: Server) -> Callable[..., Any]:
    """Makes models that ask the server."""
    chat = pytest.importorskip("eventflow_anthropic").ChatAnthropic
    return partial(chat, model="claude-x", max_tokens=100, base_url=server.url, api_key=KEY, max_retries=0)


@pytest.fixture
def model(make: Callable[..., Any]) -> Any:
    return make()

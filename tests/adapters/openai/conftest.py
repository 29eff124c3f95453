"""A server for each test, and a model that asks it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from adapters.openai.server import Server, serving

KEY = "sk-test-key"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's owner has set is not for the tests; nor are proxies."""
    for name in ("API_KEY", "ADMIN_KEY", "BASE_URL", "API_BASE", "ORG_ID", "PROJECT_ID", "LOG"):
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def make(server: Server) -> Callable[..., Any]:
    """Makes models that ask the server."""
    chat = pytest.importorskip("eventflow_openai").ChatOpenAI
    return partial(chat, model="gpt-x", base_url=server.url, api_key=KEY, max_retries=0)


@pytest.fixture
def model(make: Callable[..., Any]) -> Any:
    return make()

"""Providers whose servers speak OpenAI's protocol: their address, their key, and what they call things.

| provider    | model           | key                | address                        |
|-------------|-----------------|--------------------|--------------------------------|
| `deepseek`  | `ChatDeepSeek`  | `DEEPSEEK_API_KEY` | https://api.deepseek.com       |
| `groq`      | `ChatGroq`      | `GROQ_API_KEY`     | https://api.groq.com/openai/v1 |
| `mistralai` | `ChatMistralAI` | `MISTRAL_API_KEY`  | https://api.mistral.ai/v1      |
| `ollama`    | `ChatOllama`    | none               | http://localhost:11434/v1      |
| `xai`       | `ChatXAI`       | `XAI_API_KEY`      | https://api.x.ai/v1            |

Each takes what `ChatOpenAI` takes; `base_url=` and `api_key=` overrule the table. What is set for OpenAI in the
environment is not used, so its key is never sent to another provider. `ls_provider` is the name in the first column.
"""

from __future__ import annotations

from typing import ClassVar

from eventflow_openai.chat import ChatOpenAI
from eventflow_openai.server import Server

__all__ = (
    "ChatDeepSeek",
    "ChatGroq",
    "ChatMistralAI",
    "ChatOllama",
    "ChatXAI",
    "deepseek",
    "groq",
    "mistralai",
    "ollama",
    "xai",
)


class ChatDeepSeek(ChatOpenAI):
    """DeepSeek's models.

    >>> ChatDeepSeek(model="deepseek-chat", api_key="secret")
    ChatDeepSeek(model='deepseek-chat')
    """

    server: ClassVar[Server] = Server(
        "https://api.deepseek.com",
        "DEEPSEEK_API_KEY",
        max_tokens="max_tokens",
        responses=False,
        json_schema=False,
        thoughts=True,
    )


class ChatGroq(ChatOpenAI):
    """Models that Groq runs."""

    server: ClassVar[Server] = Server("https://api.groq.com/openai/v1", "GROQ_API_KEY")


class ChatMistralAI(ChatOpenAI):
    """Mistral's models."""

    server: ClassVar[Server] = Server(
        "https://api.mistral.ai/v1", "MISTRAL_API_KEY", max_tokens="max_tokens", responses=False
    )

    stream_usage: bool = False  # it counts without being asked, and refuses the question


class ChatOllama(ChatOpenAI):
    """Models that Ollama runs on this machine, or wherever `base_url` says."""

    server: ClassVar[Server] = Server("http://localhost:11434/v1", key="ollama", max_tokens="max_tokens")


class ChatXAI(ChatOpenAI):
    """xAI's models."""

    server: ClassVar[Server] = Server("https://api.x.ai/v1", "XAI_API_KEY")


deepseek, groq, mistralai, ollama, xai = ChatDeepSeek, ChatGroq, ChatMistralAI, ChatOllama, ChatXAI
"""What makes the models, by the names of the providers."""

"""Handlers that write to standard output."""

from __future__ import annotations

import sys
from typing import Any, Final

from eventflow.callbacks.handlers import BaseCallbackHandler, Token

__all__ = ("StdOutCallbackHandler", "StreamingStdOutCallbackHandler")

_COLORS: Final = {"blue": "36;1", "yellow": "33;1", "pink": "38;5;200", "green": "32;1", "red": "31;1"}
_BOLD: Final = "\033[1m"
_PLAIN: Final = "\033[0m"


class StdOutCallbackHandler(BaseCallbackHandler):
    """Says which chains are entered and finished, and prints what tools return.

    Arguments:
        color: of what tools return: blue, yellow, pink, green (the default) or red.

    Raises ValueError if the color is unknown.

    >>> from eventflow import RunnableLambda
    >>> from contextlib import redirect_stdout
    >>> from io import StringIO
    >>> shout = RunnableLambda(str.upper, name="shout")
    >>> with redirect_stdout(StringIO()) as written:
    ...     _ = shout.invoke("hi", {"callbacks": [StdOutCallbackHandler()]})
    >>> "> Entering new shout chain..." in written.getvalue()
    True
    """

    def __init__(self, color: str | None = None) -> None:
        if color is not None and color not in _COLORS:
            raise ValueError(f"color={color!r}: choose one of {', '.join(_COLORS)}")
        self.color = color

    def on_chain_start(self, serialized: dict[str, Any] | None, inputs: Any, **kwargs: Any) -> None:
        print(f"\n\n{_BOLD}> Entering new {kwargs['name']} chain...{_PLAIN}")

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        print(f"\n{_BOLD}> Finished chain.{_PLAIN}")

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        print(f"\033[{_COLORS[self.color or 'green']}m\033[1;3m{output}{_PLAIN}", end="", flush=True)


class StreamingStdOutCallbackHandler(BaseCallbackHandler):
    """Prints the text of a model as it comes."""

    def on_llm_new_token(self, token: Token, **kwargs: Any) -> None:
        sys.stdout.write(token if isinstance(token, str) else kwargs["chunk"].text)
        sys.stdout.flush()

"""The names that every graph has, and the tags by which runs are left out of its streams."""

from __future__ import annotations

from typing import Final

__all__ = ("END", "START", "TAG_HIDDEN", "TAG_NOSTREAM")

START: Final = "__start__"
"""Where a graph begins: the source of its first edges."""

END: Final = "__end__"
"""Where a branch of a graph ends: the target of its last edges."""

TAG_NOSTREAM: Final = "nostream"
"""A model with this tag does not show in the `messages` mode."""

TAG_HIDDEN: Final = "langsmith:hidden"
"""LangGraph's mark of runs of its own; on a node of yours it changes nothing, here as there."""

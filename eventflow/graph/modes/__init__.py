"""The stream modes: each a small class that says which events it wants and what it makes of one."""

from eventflow.graph.modes.choose import StreamModeName, chosen_modes, in_order
from eventflow.graph.modes.mode import NOTHING, Mode, ModeOfChunks, Part, Shows, View

__all__ = (
    "NOTHING",
    "Mode",
    "ModeOfChunks",
    "Part",
    "Shows",
    "StreamModeName",
    "View",
    "chosen_modes",
    "in_order",
)

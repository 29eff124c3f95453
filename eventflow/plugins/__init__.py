"""Plugins: subscribers and stream modes of other distributions, found through their entry points.

A distribution names a factory in its `pyproject.toml`:

    [project.entry-points."eventflow.subscribers"]
    stopwatch = "my_package:Stopwatch"

    [project.entry-points."eventflow.stream_modes"]
    words = "my_package:Words"

Nothing is loaded before somebody asks with `attach_plugins` or `stream_modes`. The environment variable
`EVENTFLOW_PLUGINS` decides which may be: `off`, `0` or `none` for not one, else a list of names with commas.
"""

from eventflow.plugins.attach import FilteredSubscriber, Plugins, SubscriberFactory, attach_plugins
from eventflow.plugins.modes import StreamMode, StreamModeFactory, StreamModes, stream_modes

__all__ = (
    "FilteredSubscriber",
    "Plugins",
    "StreamMode",
    "StreamModeFactory",
    "StreamModes",
    "SubscriberFactory",
    "attach_plugins",
    "stream_modes",
)

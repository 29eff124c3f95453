"""Tools that belong together."""

import pytest

from eventflow.tools import BaseToolkit, tool


def test_a_toolkit_has_to_say_which_tools_it_has():
    with pytest.raises(TypeError, match="get_tools"):
        BaseToolkit()

    class Kit(BaseToolkit):
        name: str

        def get_tools(self):
            return [tool("t", self.name)(lambda: 1)]

    assert [made.description for made in Kit(name="n").get_tools()] == ["n"]

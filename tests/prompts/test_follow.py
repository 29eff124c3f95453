"""A method in another form follows the plain one that a subclass overrides."""

from eventflow.prompts.follow import follow, follow_sync


class Base:
    def format(self, **kwargs):
        return "base"

    async def aformat(self, **kwargs):
        return "async base"

    def quick(self):
        return "quick base"

    def __init_subclass__(cls):
        follow(cls, "quick", ["format"], lambda self: self.format())
        follow_sync(cls)


class Same(Base):
    pass


class Mixin:
    def format(self, **kwargs):
        return "mixed in"


class Mixed(Mixin, Base):
    pass


class Own(Base):
    def format(self, **kwargs):
        return f"own {kwargs}"

    def quick(self):
        return "quick own"


class Below(Own):
    def format(self, **kwargs):
        return "below"


async def test_followers_follow_the_nearest():
    assert (Same().quick(), await Same().aformat()) == ("quick base", "async base")
    assert (Mixed().quick(), await Mixed().aformat()) == ("mixed in", "mixed in")
    assert (Own().quick(), await Own().aformat(a=1)) == ("quick own", "own {'a': 1}")
    assert (Below().quick(), await Below().aformat()) == ("below", "below")

"""`kill -9` at any moment: the program that is started again ends as if nothing had happened.

What is done twice is what was under way; with the durability "async" also the step before it, if that was still
being written; with "exit" all of it.
"""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings

PROGRAM = Path(__file__).with_name("killed.py")
STEPS = 30
PATIENCE = 60.0
"""Seconds that a program has which is not to be killed."""
LONG = settings().max_examples > 50
KILLS = 100 if LONG else 1
TWICE = {"sync": 1, "async": 2, "exit": STEPS}
"""How many steps may be done again, at most, behind one kill. In sync code "async" does what "sync" does."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no kill -9")


class Killed:
    """A program on files of its own."""

    def __init__(self, folder, half, durability):
        folder.mkdir()
        self.path, self.done = folder / "file.db", folder / "done"
        self.done.touch()
        self.command = [sys.executable, PROGRAM, self.path, self.done, half, durability]

    def run(self, patience):
        """Run it, and kill it after so many seconds; returns its final state, or None if it was killed.

        Also how many steps, of those that had been begun before, were done again.
        """
        before = self.steps()
        with subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "begun\n"
            killer = threading.Timer(patience, process.kill)
            killer.start()
            said = process.stdout.read()
            killer.cancel()
            killer.join()
        again = set(self.steps()[len(before) :]) & set(before)
        with closing(sqlite3.connect(self.path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if process.returncode == 0:
            return json.loads(said), len(again)
        assert process.returncode == -signal.SIGKILL
        return None, len(again)

    def steps(self):
        """The steps that nodes were begun for, in order."""
        return [int(line[1:]) for line in self.done.read_text().split()]


ALL = [(half, durability) for half in ("sync", "async") for durability in TWICE]
FEW = [("sync", "sync"), ("async", "async"), ("async", "exit")]


@pytest.mark.parametrize(("half", "durability"), ALL if LONG else FEW)
def test_killed_at_any_moment(half, durability, tmp_path):
    chance = random.Random(f"{half} {durability}")
    log = [f"{name}{n}" for n in range(STEPS) for name in "ab"]
    allowed = 1 if half == "sync" and durability == "async" else TWICE[durability]
    kills, most, sum_, round_ = 0, 0, 0, 0
    while kills < KILLS:
        program, state, count, round_ = Killed(tmp_path / str(round_), half, durability), None, 0, round_ + 1
        while state is None:
            state, again = program.run(chance.uniform(0, 0.15) if kills < KILLS and count < 20 else PATIENCE)
            assert again <= allowed if count else again == 0
            kills, count = kills + (state is None), count + 1
            most, sum_ = max(most, again), sum_ + again
        assert state == {"n": STEPS, "log": log}
    print(
        f"{half} {durability}: {kills} kills in {round_} runs; steps done again: {sum_}, at most {most} at once"
    )

"""The fuzz target itself, on a few thousand texts of our own."""

import random
import subprocess
import sys
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsonstream import fuzz
from jsonstream.spelling import damaged, documents


@given(documents | damaged(), st.integers(0, 7))
def test_it_finds_nothing_in_documents_and_damaged_ones(text, size):
    fuzz.check(bytes([size]) + text.encode("utf-8", "replace"))


def test_it_finds_nothing_in_noise():
    noise = random.Random(0)
    for _ in range(2000):
        fuzz.check(bytes(noise.choices(b'[]{}",:\\ue01-.tn \n\xc3\xa9', k=noise.randrange(12))))


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")
def test_it_runs():
    command = [sys.executable, fuzz.__file__, "-runs=100"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0

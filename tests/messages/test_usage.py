"""Token counts; that they add up as in LangChain is in test_peer.py."""

import pytest

from eventflow.messages import add_usage

ONE = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}


def test_details_that_one_side_lacks_count_nothing():
    left = {**ONE, "input_token_details": {"audio": 1}, "output_token_details": None}
    right = {**ONE, "output_token_details": {"reasoning": 2}}
    assert add_usage(left, right) == {
        "input_tokens": 2,
        "output_tokens": 2,
        "total_tokens": 4,
        "input_token_details": {"audio": 1},
        "output_token_details": {"reasoning": 2},
    }


@pytest.mark.parametrize("wrong", ["1", 1.5, {"audio": 1}])
def test_counts_that_are_no_counts_are_refused(wrong):
    with pytest.raises(ValueError, match="cannot combine usage 'total_tokens' of int and"):
        add_usage(ONE, {**ONE, "total_tokens": wrong})

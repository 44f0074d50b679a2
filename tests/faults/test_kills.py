"""FAULTS 18: a training that is killed at twenty moments ends at the weights of one that was not."""

import json
import subprocess
import sys

import pytest

from tests.making import PROJECT


@pytest.mark.slow
def test_a_training_killed_at_twenty_moments_ends_at_the_weights_of_the_uninterrupted_one(tmp_path):
    """In an epoch, while a checkpoint is written, between epochs; in a drawn order at drawn moments."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.nursery", str(tmp_path), "1"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])

    assert [life["signal"] for life in found["lives"]] == [9] * 20, "each life was killed"
    reached = [tuple(life["checkpoint"]) for life in found["lives"]]
    assert reached == sorted(reached), "what was reached is not lost"
    assert reached[-1] > (1, 75), "it gets on in spite of all"
    assert found["same_weights"]

"""Faults planted among real photos are found; `python -m benchmarks planted` does the same with more."""

from benchmarks import originals, planted


def test_planted_faults_are_found_and_little_else(tmp_path):
    found = planted.measure(tmp_path / "planted", originals.photos())

    missed = [f"{one.fault}: recall {one.recall:.2f}, precision {one.precision:.2f}" for one in found if not one.met]
    assert {one.fault for one in found} == set(planted.FAULTS)
    assert missed == []

"""Connected components, beside SciPy's."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.data.linked import components


def of_scipy(count, first, second):
    links = coo_array((np.ones(len(first), bool), (first, second)), (count, count))
    return connected_components(links, directed=False)[1]


@pytest.mark.parametrize("count", [1, 2, 7, 50, 1000])
@pytest.mark.parametrize("share", [0, 0.3, 1, 3])
def test_components_are_scipys(count, share):
    for seed in range(20):
        first, second = np.random.default_rng(seed).integers(0, count, (2, int(count * share)))
        found, expected = components(count, first, second), of_scipy(count, first, second)
        smallest = np.array([np.flatnonzero(expected == one)[0] for one in expected])
        assert found.tolist() == smallest.tolist()


def test_a_long_chain_in_any_order_is_one():
    chain = np.random.default_rng(0).permutation(20_000)
    assert not components(len(chain), chain[:-1], chain[1:]).any()


def test_an_import_does_without_scipy(tmp_path):
    random = np.random.default_rng(0)
    for number in range(20):
        path = tmp_path / "photos" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).resize((80, 80))
        image.save(path)
        image.save(path.with_suffix(".jpg"), quality=90)  # a near copy
    program = (
        "import sys; from core.data.add import add; from core.data.dataset import read_index; from core.workspace import Workspace; "
        "workspace = Workspace.open(sys.argv[1]); near = read_index(workspace, add(workspace, sys.argv[2]), ['near'])['near']; "
        "print((near != '').sum(), 'scipy' in sys.modules)"
    )
    asked = [sys.executable, "-c", program, str(tmp_path / "workspace"), str(tmp_path / "photos")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["40", "False"], done.stderr

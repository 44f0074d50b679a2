import numpy as np
import pytest

from core.train.moments import Moment, within_epochs


def moments(losses, hits, epoch=1, every=1):
    """What a training says of an epoch whose steps had these losses and shares of hits."""
    return [
        Moment(epoch, 2, step, len(losses), 0.0, None, np.mean(losses[:step]), np.mean(hits[:step]), ()).to_json()
        for step in range(every, len(losses) + 1, every)
    ]


def test_the_parts_of_an_epoch_come_out_of_its_running_means():
    random = np.random.default_rng(0)
    losses, hits = random.random((2, 40))
    first = Moment(1, 2, 0, 40, 0.0, None, None, None, ()).to_json()

    found = within_epochs([first, *moments(losses, hits), *moments(losses[::-1], hits, epoch=2)], points=4)

    assert [part["epoch"] for part in found] == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
    tens, backwards = losses.reshape(4, 10).mean(1), losses[::-1].reshape(4, 10).mean(1)
    assert [part["loss"] for part in found] == pytest.approx([*tens, *backwards])
    assert [part["accuracy"] for part in found[:4]] == pytest.approx(hits.reshape(4, 10).mean(1))


def test_what_a_resumed_training_says_again_is_passed_over():
    losses = np.linspace(1, 0, 12)

    once = within_epochs(moments(losses, losses), points=6)

    assert within_epochs([*moments(losses, losses)[:9], *moments(losses, losses)[4:]], points=6) == once

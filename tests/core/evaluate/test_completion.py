import dataclasses

import pytest

from core.evaluate.completion import complete, is_complete, takes_long
from core.evaluate.evaluation import evaluation_folder, find_evaluation
from core.workspace.atomic import write_json

OLD = (
    "n",
    "accuracy",
    "accuracy_ci95",
    "baseline_accuracy",
    "top5_accuracy",
    "macro_f1",
    "log_loss",
    "ece",
    "confusion",
)
OLD_OF_CLASS = ("class", "precision", "recall", "f1", "support", "recall_ci95")


def test_an_evaluation_of_an_earlier_fovea_gets_the_figures_of_today(trained):
    now = find_evaluation(trained.workspace, trained.run, "digits@1", "test")
    figures = {name: now.figures[name] for name in OLD}
    figures["per_class"] = [{name: one[name] for name in OLD_OF_CLASS} for one in now.figures["per_class"]]
    old = dataclasses.replace(now, figures={**figures, "of_another_helper": 1})
    folder = evaluation_folder(trained.workspace, trained.run, "digits@1", "test")
    write_json(folder / "metrics.json", old.to_json())
    assert is_complete(now)
    assert not is_complete(old)
    assert not takes_long(old)

    completed = complete(
        trained.workspace, trained.run, find_evaluation(trained.workspace, trained.run, "digits@1", "test")
    )

    # what the run learnt from is compared with the images themselves, when they are evaluated anew
    assert set(completed.figures) == {*now.figures, "of_another_helper"} - {"overlap"}
    assert completed.figures["confusion"] == now.figures["confusion"]
    assert completed.figures["brier_ci95"] == pytest.approx(now.figures["brier_ci95"], abs=1e-12)
    for one, other in zip(completed.figures["per_class"], now.figures["per_class"], strict=True):
        assert list(one) == list(other)
        assert one["average_precision_ci95"] == pytest.approx(other["average_precision_ci95"], abs=1e-12)
    assert find_evaluation(trained.workspace, trained.run, "digits@1", "test") == completed
    write_json(folder / "metrics.json", now.to_json())

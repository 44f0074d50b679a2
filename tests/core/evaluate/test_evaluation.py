import shutil

import numpy as np
import pandas as pd
import pytest
from pyarrow.parquet import ParquetFile
from sklearn import metrics as sklearn_metrics

from core.data.add import add
from core.data.dataset import read_index
from core.data.packed import Packed
from core.errors import ConfigError, InputError, NotFoundError, Stopped
from core.evaluate import evaluation as evaluation_module
from core.evaluate import paired
from core.evaluate.answers import read_answers
from core.evaluate.evaluation import (
    Evaluation,
    evaluate,
    evaluated_on,
    evaluation_folder,
    find_evaluation,
    read_answer,
    shown_predictions,
)
from core.evaluate.metrics import figures
from core.evaluate.slice_columns import read_sliceable
from core.train import runs
from core.train.config import TrainConfig
from tests.core.data.test_near import tiles
from tests.making import read_json, write_classes


@pytest.fixture(scope="module")
def kept(trained):
    """The evaluation that the training left, and its table."""
    evaluation = find_evaluation(trained.workspace, trained.run, "digits@1", "test")
    return evaluation, shown_predictions(trained.workspace, trained.run, evaluation)


def test_the_figures_are_those_that_scikit_learn_makes_of_the_kept_predictions(kept):
    evaluation, table = kept
    classes = list(evaluation.classes)
    probabilities = table[[f"p_{name}" for name in classes]].to_numpy()
    labels, ours = table["label"], evaluation.figures
    predicted = np.array(classes)[probabilities.argmax(1)]

    def close(value):
        return pytest.approx(value, abs=1e-9)

    assert (predicted == table["predicted"]).all()
    assert ours["n"] == len(table)
    assert ours["accuracy"] == close(sklearn_metrics.accuracy_score(labels, predicted))
    assert ours["macro_f1"] == close(sklearn_metrics.f1_score(labels, predicted, average="macro"))
    assert ours["log_loss"] == close(sklearn_metrics.log_loss(labels, probabilities, labels=classes))
    assert ours["top5_accuracy"] == close(
        sklearn_metrics.top_k_accuracy_score(labels, probabilities, k=5, labels=classes)
    )
    assert ours["confusion"] == sklearn_metrics.confusion_matrix(labels, predicted, labels=classes).tolist()
    theirs = sklearn_metrics.precision_recall_fscore_support(labels, predicted, labels=classes)
    for name, values in zip(("precision", "recall", "f1", "support"), theirs, strict=True):
        assert [one[name] for one in ours["per_class"]] == close(values.tolist())


def test_it_is_the_test_split_image_by_image(kept, trained):
    evaluation, table = kept
    index = read_index(trained.workspace, trained.dataset)
    of_split = index[index["split"] == "test"]

    assert table["row"].tolist() == of_split.index.tolist()
    for column in ("path", "label", "sha256", "file"):
        assert table[column].tolist() == of_split[column].tolist()
    assert (evaluation.split, evaluation.left_out) == ("test", 0)


def test_probabilities_of_an_image_sum_to_1(kept):
    _, table = kept

    np.testing.assert_allclose(table.filter(regex="^p_").sum(axis=1), 1, atol=1e-12)
    assert (table["probability"] == table.filter(regex="^p_").max(axis=1)).all()


def test_the_model_is_better_than_the_largest_class(kept):
    evaluation, _ = kept

    assert evaluation.figures["baseline_accuracy"] < 0.2
    assert evaluation.figures["accuracy"] > 0.7


def test_an_evaluation_goes_to_json_and_back(kept, trained):
    evaluation, _ = kept
    folder = evaluation_folder(trained.workspace, trained.run, "digits@1", "test")

    assert Evaluation.from_json(read_json(folder / "metrics.json")) == evaluation
    assert find_evaluation(trained.workspace, trained.run, "digits@1", "test") == evaluation


def test_another_split_reads_only_its_own_images(trained, monkeypatch):
    read, take = set(), Packed.take
    monkeypatch.setattr(Packed, "take", lambda packed, rows: read.update(rows.tolist()) or take(packed, rows))

    evaluation = evaluate(trained.workspace, trained.run, trained.dataset, "val")

    index = read_index(trained.workspace, trained.dataset)
    assert read == set(index.index[index["split"] == "val"])
    assert evaluation.figures["accuracy"] == pytest.approx(trained.run.figures["val_accuracy"], abs=0.012)


def test_the_answer_to_one_image_is_its_row_however_the_file_is_cut(trained, monkeypatch):
    monkeypatch.setattr(evaluation_module, "CELLS_A_GROUP", 400)

    evaluation = evaluate(trained.workspace, trained.run, trained.dataset, "val")

    table = shown_predictions(trained.workspace, trained.run, evaluation)
    folder = evaluation_folder(trained.workspace, trained.run, "digits@1", "val")
    assert ParquetFile(folder / "predictions.parquet").num_row_groups > 5
    one = table.iloc[-3]
    answer = read_answer(trained.workspace, trained.run, evaluation, int(one["row"]), top=3)
    assert answer[0] == (one["predicted"], one["probability"])
    assert [share for _, share in answer] == sorted((one[f"p_{name}"] for name in evaluation.classes), reverse=True)[:3]


def test_what_was_evaluated_is_known_without_reading_it(trained):
    for dataset, split in (told := evaluated_on(trained.workspace, trained.run)):
        kept = find_evaluation(trained.workspace, trained.run, dataset, split)
        assert (kept.dataset, kept.split) == (dataset, split)
    assert ("digits@1", "test") in told
    assert told == sorted(set(told))


def test_model_and_data_meet_by_class_name(trained, tmp_path):
    digits = read_index(trained.workspace, trained.dataset)
    rows = digits[digits["label"].isin(["3", "7"])].head(60)
    lines = [f"{trained.workspace.dataset('digits') / row.file},{row.label},test" for row in rows.itertuples()]
    strangers = write_classes(tmp_path / "in", {"cat": 4}, channels=1)
    lines += [f"{path},cat,test" for path in strangers.rglob("*.png")]
    (tmp_path / "some.csv").write_text("\n".join(["path,label,split", *lines]))
    other = add(trained.workspace, str(tmp_path / "some.csv"), name="some")
    assert other.classes.index("3") != 3, "places differ, names do not"

    evaluation = evaluate(trained.workspace, trained.run, other, "test")

    assert (evaluation.figures["n"], evaluation.left_out) == (60, 4)
    assert evaluation.figures["accuracy"] > 0.7
    assert evaluation.figures["per_class"][3]["support"] == (rows["label"] == "3").sum()
    assert evaluation.figures["per_class"][0]["recall"] is None


def test_data_without_one_known_class_is_refused(trained, tmp_path):
    other = add(trained.workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})))

    with pytest.raises(InputError, match=r"none of a class that .* knows"):
        evaluate(trained.workspace, trained.run, other, "test")


def test_an_unknown_split_is_refused(trained):
    with pytest.raises(ConfigError, match=r"no split 'holdout'\. There are: train, val, test"):
        evaluate(trained.workspace, trained.run, trained.dataset, "holdout")


def test_a_run_without_a_model_says_so(workspace, tmp_path):
    dataset = add(workspace, str(write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})))
    run = runs.create(workspace, dataset, TrainConfig(architecture="fast_cnn", batch_size=8))

    with pytest.raises(InputError, match="has no model yet"):
        evaluate(workspace, run, dataset)


def test_stop_leaves_no_evaluation(trained):
    folder = evaluation_folder(trained.workspace, trained.run, "digits@1", "train")
    shutil.rmtree(folder, ignore_errors=True)  # another test's

    with pytest.raises(Stopped):
        evaluate(trained.workspace, trained.run, trained.dataset, "train", should_stop=lambda: True)

    for split in ("train", "x" * 300, "\0"):
        with pytest.raises(NotFoundError, match=f"was not evaluated on the {split} split"):
            find_evaluation(trained.workspace, trained.run, "digits@1", split)


def test_near_copies_count_as_the_one_picture_that_they_are(trained, tmp_path):
    """Each picture in three JPEG qualities: right or wrong together, they tell no more than one of them."""
    originals = tiles()
    for number, picture in enumerate(originals):
        folder = tmp_path / "in" / str(number % 3)
        folder.mkdir(parents=True, exist_ok=True)
        for quality in (95, 80, 60):
            picture.save(folder / f"{number}-{quality}.jpg", quality=quality)
    rows = [f"{path.relative_to(tmp_path / 'in')},{path.parent.name},test" for path in (tmp_path / "in").rglob("*.jpg")]
    (tmp_path / "in" / "list.csv").write_text("\n".join(["path,label,split", *rows]))
    dataset = add(trained.workspace, str(tmp_path / "in" / "list.csv"), "thrice")

    evaluation = evaluate(trained.workspace, trained.run, dataset)

    table = shown_predictions(trained.workspace, trained.run, evaluation)
    classes = tuple(evaluation.classes)
    labels = table["label"].map(classes.index).to_numpy()
    original = pd.factorize(table["path"].str.extract(r"(\d+)-\d+\.jpg$")[0])[0]
    truth = figures(labels, table[[f"p_{name}" for name in classes]].to_numpy(), classes, original)
    assert table["group"].eq("").all()
    assert evaluation.figures["n"] == len(originals) * 3
    assert evaluation.figures["accuracy_ci95"] == pytest.approx(truth["accuracy_ci95"], abs=1e-12)
    assert evaluation.figures["effective_n"] == pytest.approx(truth["effective_n"])
    alone = figures(labels, table[[f"p_{name}" for name in classes]].to_numpy(), classes)["accuracy_ci95"]
    low, high = evaluation.figures["accuracy_ci95"]
    assert high - low > 1.2 * (alone[1] - alone[0])
    assert len(set(read_answers(trained.workspace, trained.run, evaluation).groups)) == len(originals)
    images = read_sliceable(trained.workspace, trained.run, evaluation)
    assert len(set(images.groups)) == len(originals)
    assert "group" not in [column.name for column in images.columns], "the source has none to look by"
    one = paired.read_table(trained.workspace, trained.run, evaluation)
    assert len(set(paired.join([one, one], classes, len(table)).groups)) == len(originals)

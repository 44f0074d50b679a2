import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.data.add import add
from core.data.dataset import read_index
from core.data.edit import apply, undo
from core.data.edits import MergeClasses, RenameClass
from core.errors import DamagedError, NotFoundError
from core.evaluate import paired
from core.evaluate.conditions import Settings
from core.evaluate.evaluation import evaluate, evaluation_folder, find_evaluation, read_predictions
from core.evaluate.known_images import renamed_words
from core.evaluate.measuring import measure
from core.evaluate.robustness import find_robustness, result_file
from core.train import runs
from core.train.own_classes import names_in
from core.workspace import Workspace
from core.workspace.atomic import write_json
from tests.making import copy, read_json

OWN = "Classes have this run's names:"
SWAP = [RenameClass("3", "x"), RenameClass("8", "3"), RenameClass("x", "8")]


@pytest.fixture
def old(tmp_path, made_run):
    """A run on digits@1 in a workspace that may be changed: (workspace, run, its evaluation, the data that it learnt from)."""
    workspace = Workspace.open(copy(made_run / "workspace", tmp_path / "own"))
    (run,) = runs.list_runs(workspace)
    dataset = runs.learnt_from(workspace, run)
    return workspace, run, find_evaluation(workspace, run, dataset.reference, "test"), dataset


def same_figures(one, other):
    """Whether two evaluations differ in nothing but what they are of."""
    return one.figures == other.figures and (one.classes, one.left_out) == (other.classes, other.left_out)


def test_a_run_is_as_good_after_a_class_was_renamed_as_before_to_the_last_digit(old):
    workspace, run, before, dataset = old
    renamed = apply(workspace, dataset, [RenameClass("3", "three"), RenameClass("7", "seven")])

    after = evaluate(workspace, run, renamed, "test")

    assert before.figures["per_class"][3]["support"] > 10
    assert same_figures(after, before)
    assert after.renamed == {"3": "three", "7": "seven"}
    assert find_evaluation(workspace, run, "digits@2", "test") == after
    tables = [read_predictions(workspace, run, one) for one in (before, after)]
    assert tables[0].equals(tables[1]), "with the run's own names, as in its confusion matrix"


def test_swapped_names_are_not_taken_at_their_word(old):
    workspace, run, before, dataset = old
    swapped = apply(workspace, dataset, SWAP)

    assert same_figures(evaluate(workspace, run, swapped, "test"), before)
    back = evaluate(workspace, run, undo(workspace, swapped), "test")
    assert same_figures(back, before)
    assert back.renamed == {}


def a_run_of(workspace, run, dataset, names):
    """The same model, as it were learnt from `dataset`, where its classes are called otherwise."""
    other = replace(run, id="other", name="other", dataset=dataset.reference, data_fingerprint=dataset.fingerprint)
    shutil.copytree(run.folder(workspace), other.folder(workspace))
    shutil.rmtree(other.folder(workspace) / "evaluation")
    runs.save(workspace, other)
    labels = [names.get(name, name) for name in runs.read_labels(workspace, run)]
    write_json(other.folder(workspace) / "labels.json", labels)
    return other


def test_a_run_of_the_renamed_version_is_judged_on_the_one_before(old):
    workspace, run, before, dataset = old
    renamed = apply(workspace, dataset, SWAP)
    other = a_run_of(workspace, run, renamed, {"3": "8", "8": "3"})

    there = evaluate(workspace, other, dataset, "test")

    assert there.figures["confusion"] == before.figures["confusion"]
    assert [one["class"] for one in there.figures["per_class"]] == list("0128456739"), "its own names, in its own order"


def test_the_same_model_with_old_and_new_names_is_right_on_the_same_images(old):
    workspace, run, before, dataset = old
    renamed = apply(workspace, dataset, [*SWAP, RenameClass("7", "seven")])
    other = a_run_of(workspace, run, renamed, {"3": "8", "8": "3", "7": "seven"})
    both = [evaluate(workspace, one, renamed, "test") for one in (run, other)]
    tables = [paired.read_table(workspace, one, kept) for one, kept in zip((run, other), both, strict=True)]

    joined = paired.join(tables, both[0].classes, both[0].figures["n"])

    (difference,) = paired.compare(joined)
    right = int(np.trace(before.figures["confusion"]))
    assert joined.left_out == 0
    assert joined.classes == both[0].classes, "the first run's names"
    assert (difference.both_right, difference.only_reference, difference.only_run) == (right, 0, 0)
    assert 0 < right < difference.images
    assert paired.names_for(*both) == {"8": "3", "3": "8", "seven": "7"}


def test_robustness_is_measured_on_images_of_renamed_classes_too(old):
    workspace, run, before, dataset = old
    renamed = apply(workspace, dataset, SWAP)

    found = measure(workspace, run, renamed, "test", Settings(before.figures["n"], ("scale",), ()))

    assert (found.clean.n, found.clean.right) == (before.figures["n"], np.trace(before.figures["confusion"]))
    assert found.classes == before.classes
    assert found.renamed == {"3": "8", "8": "3"}
    assert find_robustness(workspace, run, renamed.reference, "test") == found
    file = result_file(workspace, run, renamed.reference, "test")
    value = read_json(file)
    del value["renamed"]
    write_json(file, value)
    with pytest.raises(NotFoundError, match=r"was measured before Fovea followed renamed classes\. Measure it again"):
        find_robustness(workspace, run, renamed.reference, "test")


def test_merged_classes_are_not_followed(old):
    workspace, run, before, dataset = old
    merged = apply(workspace, dataset, [MergeClasses(("3", "7"), "three or seven"), RenameClass("1", "one")])

    after = evaluate(workspace, run, merged, "test")

    support = [one["support"] for one in before.figures["per_class"]]
    assert after.left_out == support[3] + support[7]
    assert after.renamed == {"1": "one"}


def test_other_data_meets_by_name_only(old, tmp_path):
    workspace, run, _, dataset = old
    renamed = apply(workspace, dataset, [RenameClass("3", "three")])
    index = read_index(workspace, renamed)
    lines = [f"{workspace.dataset('digits') / row.file},{row.label}" for row in index.itertuples()]
    (tmp_path / "others.csv").write_text("\n".join(["path,label", *lines]))
    other = add(workspace, str(tmp_path / "others.csv"), name="others")

    assert names_in(workspace, run, other) == {name: name for name in "012456789"}
    stranger = replace(run, data_fingerprint="of data that was deleted; other data has its name")
    assert names_in(workspace, stranger, renamed) == {name: name for name in "012456789"}


@pytest.mark.parametrize("damaged", [1, 2])
def test_a_damaged_version_between_is_told_and_what_was_evaluated_before_is_kept(old, damaged):
    workspace, run, before, dataset = old
    swapped = apply(workspace, dataset, SWAP)
    newest = apply(workspace, swapped, [RenameClass("7", "seven")])
    kept = evaluate(workspace, run, newest, "test")
    (workspace.dataset("digits") / f"v{damaged}" / "dataset.json").write_text("{")
    workspace.catalogue.unlink()

    with pytest.raises(DamagedError, match=f"v{damaged}/dataset.json is damaged"):
        evaluate(workspace, run, newest, "test")
    assert find_evaluation(workspace, run, newest.reference, "test") == kept
    assert find_evaluation(workspace, run, dataset.reference, "test") == before


def test_what_an_earlier_fovea_kept_of_a_renamed_version_is_no_evaluation(old):
    workspace, run, _, dataset = old
    renamed = apply(workspace, dataset, [RenameClass("3", "three")])
    evaluate(workspace, run, renamed, "test")
    file = evaluation_folder(workspace, run, renamed.reference, "test") / "metrics.json"
    value = read_json(file)
    del value["renamed"]
    write_json(file, value)

    with pytest.raises(NotFoundError, match="before Fovea followed renamed classes"):
        find_evaluation(workspace, run, renamed.reference, "test")


@pytest.mark.parametrize(
    ("renamed", "words"),
    [
        ({}, ""),
        ({"orange": "oranges"}, f"{OWN} orange is called oranges in fruit@2."),
        ({"a": "b", "c": "d"}, f"{OWN} a is called b and c is called d in fruit@2."),
        (
            {name: f"{name}s" for name in "abcd"},
            f"{OWN} a is called as, b is called bs, c is called cs and 1 more has another name in fruit@2.",
        ),
    ],
)
def test_it_is_said_what_is_called_how(renamed, words):
    assert renamed_words(renamed, "fruit@2") == words

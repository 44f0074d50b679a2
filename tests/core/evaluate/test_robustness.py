import json

import numpy as np
import pytest

from core.data.add import add
from core.data.dataset import read_index
from core.data.packed import PackRecipe, pack
from core.errors import ConfigError, Stopped
from core.evaluate import measuring, robustness
from core.evaluate.answers import read_answers
from core.evaluate.calibrated import temperature_in_use
from core.evaluate.conditions import Settings
from core.evaluate.corruptions import CORRUPTIONS, corrupt
from core.evaluate.evaluation import evaluation_folder, find_evaluation
from core.evaluate.intervals import wilson_interval
from core.evaluate.known_images import known_images
from core.evaluate.measuring import Answering, answering, draw, expected_seconds, measure, usual_images
from core.evaluate.renaming import rename_dataset
from core.evaluate.shares import of_share
from core.inference import InterpreterPool
from core.jobs import start
from core.train.own_classes import names_in
from core.train.runs import find_run
from core.workspace import queue
from tests.making import fovea, write_classes

SMALL = Settings(40, ("weather", "rotation"), (2, 16))


@pytest.fixture(scope="module")
def found(trained):
    """What was measured of the run on the digits: the result, its table."""
    measured = measure(trained.workspace, trained.run, trained.dataset, "test", SMALL)
    return measured, robustness.read_table(trained.workspace, trained.run, measured)


def test_what_is_kept_is_what_came_back(found, trained):
    measured, _ = found

    kept = robustness.find_robustness(trained.workspace, trained.run, measured.dataset, "test")
    assert kept == measured
    assert kept.complete
    assert kept.note == ""


def test_accuracy_is_counted_on_the_very_pictures_that_corrupt_makes(found, trained):
    measured, table = found
    clean = table[table["kind"] == "clean"]
    packed = pack(
        trained.workspace, trained.dataset, PackRecipe(measured.size, measured.channels, trained.run.config.fit)
    )
    images = packed.take(clean["row"].to_numpy())
    pool = InterpreterPool(trained.run.folder(trained.workspace) / "model.tflite")
    truth = read_index(trained.workspace, trained.dataset)["label"].iloc[clean["row"]].to_numpy()
    for name, severity in (("fog", 5), ("snow", 2)):
        named = np.array(measured.classes)[pool.predict(corrupt(images, name, severity)).argmax(1)]
        point = next(one for one in measured.points if (one.name, one.amount) == (name, severity))
        assert point.right == (named == truth).sum()
        assert point.accuracy_ci95 == wilson_interval(point.right, 40)
    assert measured.temperature == temperature_in_use(trained.workspace, trained.run)
    powers = pool.predict(images).astype(float) ** (1 / measured.temperature)
    np.testing.assert_allclose(clean["probability"], powers.max(1) / powers.sum(1), rtol=1e-4)


def test_images_that_hang_together_count_as_one_in_the_intervals(trained, monkeypatch):
    evaluation = find_evaluation(trained.workspace, trained.run, "digits@1", "test")
    answers = read_answers(trained.workspace, trained.run, evaluation)
    wrong = answers.rows[~answers.correct]
    monkeypatch.setattr(
        measuring, "with_units", lambda index: index.assign(unit=np.where(index.index.isin(wrong), "one burst", ""))
    )
    monkeypatch.setattr(robustness, "keep", lambda *_: None)

    clean = measure(trained.workspace, trained.run, trained.dataset, "test", Settings(10_000, ("rotation",), ())).clean

    assert (clean.n, clean.right) == (len(answers.labels), answers.correct.sum())
    assert clean.accuracy_ci95 == of_share(answers.correct, np.where(answers.correct, answers.rows, -1))
    assert clean.accuracy_ci95[0] < wilson_interval(clean.right, clean.n)[0] - 0.01


def test_the_mean_error_is_plain_and_over_corruptions_only(found):
    measured, table = found
    part = table[table["kind"] == "corruption"]
    wrong = part["label"].astype(str) != part["predicted"].astype(str)

    assert len(measured.of("corruption")) == 20
    assert len(measured.of("move")) == 16
    assert measured.mean_error == pytest.approx(
        wrong.groupby([part["name"], part["amount"]], observed=True).mean().mean(), abs=1e-12
    )
    of_image = wrong.groupby(part["row"]).mean()
    random = np.random.default_rng(1)
    drawn = random.choice(of_image.to_numpy(), (4000, len(of_image))).mean(1)
    assert measured.mean_error_ci95 == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.015)
    by_class = robustness.by_class(table)
    threes = part["label"].astype(str) == "3"
    assert by_class.loc["3", "frost"] == pytest.approx(1 - wrong[threes & (part["name"] == "frost")].mean())


def test_a_larger_budget_and_pgd_never_leave_more_right(found):
    measured, _ = found
    right = {(one.name, one.amount): one.right for one in measured.of("attack")}

    assert right["pgd", 16] <= right["pgd", 2] <= measured.clean.right
    assert right["pgd", 2] <= right["fgsm", 2]
    assert right["pgd", 16] <= right["fgsm", 16] < measured.clean.right


def test_example_pictures_are_kept_under_each_condition(found, trained):
    measured, _ = found
    packed = pack(
        trained.workspace, trained.dataset, PackRecipe(measured.size, measured.channels, trained.run.config.fit)
    )
    row = measured.examples[0]
    strip = robustness.read_strip(trained.workspace, trained.run, measured, row)

    assert len(measured.examples) == 6
    assert len(strip) == 1 + 20 + 16
    place = [(one.name, one.amount) for one in measured.points].index(("brightness", 4))
    np.testing.assert_array_equal(strip[place], corrupt(packed.take(np.array([row])), "brightness", 4)[0])


def test_the_draw_is_stratified_and_the_same_each_time():
    labels = np.repeat([0, 1, 2], [500, 300, 3])
    chosen = draw(labels, 100, 7)
    counts = np.bincount(labels[chosen], minlength=3)

    assert len(np.unique(chosen)) == 100
    assert np.abs(counts - np.array([500, 300, 3]) * 100 / 803).max() < 1
    np.testing.assert_array_equal(chosen, draw(labels, 100, 7))
    assert (chosen != draw(labels, 100, 8)).any()
    np.testing.assert_array_equal(draw(labels, 10_000, 7), np.arange(803))


def test_a_stopped_measurement_keeps_what_it_found(trained):
    seen = []

    def after_some():
        return any(progress.stage == "Moving" for progress in seen)

    with pytest.raises(Stopped):
        measure(trained.workspace, trained.run, trained.dataset, "val", SMALL, seen.append, after_some)

    kept = robustness.find_robustness(trained.workspace, trained.run, "digits@1", "val")
    assert not kept.complete
    assert len(kept.of("corruption")) == 20
    assert kept.of("attack") == []
    totals = {progress.total for progress in seen if progress.unit == "pictures"}
    assert len(totals) == 1


def test_a_run_without_its_keras_model_says_so_and_has_the_rest(trained, tmp_path):
    model = trained.run.folder(trained.workspace) / "model.keras"
    model.rename(tmp_path / "model.keras")
    try:
        found = measure(trained.workspace, trained.run, trained.dataset, "train", Settings(20, ("noise",), (1,)))
    finally:
        (tmp_path / "model.keras").rename(model)

    assert "No attack was made" in found.note
    assert len(found.of("corruption")) == 15
    evaluated = evaluation_folder(trained.workspace, trained.run, "digits@1", "train")
    assert json.loads((evaluated / "robustness.json").read_text())["mean_error"] == pytest.approx(found.mean_error)


def test_a_job_measures_with_progress(trained):
    payload = {"run": trained.run.id, "dataset": "digits@1", "split": "val"}
    settings = Settings(30, ("digital",), ()).to_json()
    job = start.start(trained.workspace, "robustness", "robustness-1", **payload, settings=settings)
    for _ in range(600):
        job = queue.get(trained.workspace, job.id)
        if job.ended:
            break
        import time

        time.sleep(0.1)

    assert (job.status, job.cause) == (queue.DONE, "")
    assert (job.folder(trained.workspace) / "events.jsonl").read_text().count('"Corrupting"') > 3
    assert robustness.find_robustness(trained.workspace, trained.run, "digits@1", "val").complete


def test_the_command_prints_what_is_kept(trained):
    answer = fovea(
        trained.workspace,
        "robustness",
        trained.run.id,
        "--images",
        "20",
        "--families",
        "noise,shift",
        "--budgets",
        "none",
    )

    assert [one["n"] for one in answer["points"]] == [20] * (1 + 15 + 7)
    assert answer["clean_error"] == pytest.approx(1 - answer["points"][0]["accuracy"])


@pytest.mark.parametrize(
    "wrong",
    [{"images": 0}, {"families": ("rain",)}, {"budgets": (0,)}, {"budgets": (1.5,)}, {"families": (), "budgets": ()}],
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError):
        Settings(**{"images": 10, **wrong})


def test_the_estimate_grows_with_what_is_asked_and_bounds_the_usual_images(trained):
    cost = answering(trained.run.folder(trained.workspace) / "model.tflite")
    few, many = (expected_seconds(Settings(images, budgets=()), cost) for images in (100, 1000))

    assert many == pytest.approx(10 * few)
    assert usual_images(cost, 150) == 150
    assert usual_images(Answering(1e-5, 28, 1), 10_000) == 2000
    assert usual_images(Answering(0.2, 224, 3), 10_000) == 100
    assert set(CORRUPTIONS) >= {"fog"}


def test_another_measurement_leaves_no_example_of_the_one_before(trained):
    for seed in (1, 2):
        found = measure(trained.workspace, trained.run, trained.dataset, "train", Settings(30, ("noise",), (), seed))

    kept = evaluation_folder(trained.workspace, trained.run, "digits@1", "train") / robustness.EXAMPLES
    assert {path.stem for path in kept.iterdir()} == {str(row) for row in found.examples}


def test_a_renamed_data_set_keeps_what_was_measured_on_it(trained):
    measure(trained.workspace, trained.run, trained.dataset, "val", Settings(20, ("scale",), ()))
    try:
        rename_dataset(trained.workspace, "digits", "numbers")
        run = find_run(trained.workspace, trained.run.id)
        found = robustness.find_robustness(trained.workspace, run, "numbers@1", "val")
        assert len(robustness.read_table(trained.workspace, run, found)) == 20 * 10
    finally:
        rename_dataset(trained.workspace, "numbers", "digits")


def test_as_many_images_are_measured_as_the_split_has_of_known_classes(trained, tmp_path):
    workspace, run = trained.workspace, trained.run
    digits = read_index(workspace, trained.dataset)
    rows = digits[digits["label"].isin(["3", "7"])].head(20)
    lines = [f"{workspace.dataset('digits') / row.file},{row.label},test" for row in rows.itertuples()]
    strangers = write_classes(tmp_path / "in", {"cat": 4}, channels=1)  # which the run does not know
    lines += [f"{path},cat,test" for path in strangers.rglob("*.png")]
    (tmp_path / "few.csv").write_text("\n".join(["path,label,split", *lines]))
    other = add(workspace, str(tmp_path / "few.csv"), name="few")

    offered = len(known_images(read_index(workspace, other), "test", names_in(workspace, run, other)))
    found = measure(workspace, run, other, "test", Settings(1000, ("noise",), ()))

    assert offered == 20 < other.per_split["test"]
    assert found.clean.n == found.settings.images == offered

"""What is downloaded answers as the run itself does, without Fovea."""

import dataclasses
import io
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos
from sklearn.datasets import load_digits

from core.evaluate import calibrated, class_threshold, rule
from core.evaluate.calibrated import Calibration
from core.evaluate.class_threshold import ClassThreshold
from core.evaluate.rule import Rule
from core.images.fitting import FITS
from core.predict.predictor import Predictor
from core.predict.takeaway import zipped
from core.workspace import Workspace


def cut_out() -> Image.Image:
    """A photo that can be seen through where it is dark: what lies there is another picture than white."""
    photo = photos.coffee()
    return Image.fromarray(np.dstack([photo, np.where(photo.mean(axis=2) < 90, 0, 255).astype(np.uint8)]))


def program_says(run, workspace, folder, *pictures):
    """What `classify.py` prints, with what the run itself decides by; called where the pictures are, which need not be where it is."""
    zipfile.ZipFile(io.BytesIO(zipped(workspace, run))).extractall(folder / "taken away")
    command = [sys.executable, "taken away/classify.py", *pictures]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("picture", [Image.fromarray(photos.coffee()), cut_out()], ids=["photo", "cut out"])
@pytest.mark.parametrize("fit", FITS)
def test_its_program_says_what_the_run_says(trained, tmp_path, fit, picture):
    run = dataclasses.replace(trained.run, config=dataclasses.replace(trained.run.config, fit=fit))
    names = ["cup.png", "large.jpg"] if picture.mode == "RGB" else ["cup.png"]
    picture.save(tmp_path / "cup.png")
    picture.resize((2400, 1600)).convert("RGB").save(tmp_path / "large.jpg")  # which is decoded at a part of its size

    said = program_says(run, trained.workspace, tmp_path, *names)

    given = Predictor.of_run(trained.workspace, run).predict([(name, tmp_path / name) for name in names])
    for line, one in zip(said, given, strict=True):
        label, chance = line.split(": ")[-1].split()
        assert (label, float(chance)) == (one.label, pytest.approx(one.probability, abs=1e-4))


def parts(said):
    """The words of a line of the program, and its probability."""
    words, _, chance = said.rpartition(" ")
    return words, float(chance.rstrip(")"))


def expected(one):
    """The same of an answer of the run."""
    if one.withheld or one.refused:
        said = "I don't know" if one.withheld else f"not {one.refused}"
        return f"{one.path}: {said} (likeliest {one.predicted}", one.top[0][1]
    return f"{one.path}: {one.label}", one.probability


@pytest.mark.parametrize("in_use", [True, False], ids=["calibrated", "raw"])
@pytest.mark.parametrize("least", [None, 1.1, "median"], ids=["no threshold of a class", "never said", "often said"])
def test_its_program_keeps_to_what_the_run_decides_by(trained, tmp_path, in_use, least):
    workspace = Workspace.open(shutil.copytree(trained.workspace.root, tmp_path / "workspace"))
    run, digits = trained.run, load_digits().images[:12]
    names = [f"{row}.png" for row in range(len(digits))]
    for name, digit in zip(names, digits, strict=True):
        Image.fromarray(np.round(digit / 16 * 255).astype(np.uint8)).save(tmp_path / name)
    pictures, temperature = [(name, tmp_path / name) for name in names], 3.0 if in_use else 1.0
    calibrated.keep(workspace, run, Calibration(3.0, "d", "val", 9, 1.0, 1.0, 0.1, 0.1, 0.0, in_use))
    before = list(Predictor.of_run(workspace, run).predict(pictures))
    middle = float(np.median([one.probability for one in before]))
    rule.keep(workspace, run, Rule(0.1, 0.95, middle, temperature, "d", "val", 9, 5, 0, 0.0))
    if least:
        least = float(np.median([one.probabilities[0] for one in before])) if least == "median" else least
        label = Predictor.of_run(workspace, run).labels[0]
        chosen = ClassThreshold(label, least, "cost", 0.0, 1.0, 1.0, temperature, "d", "val", 9, 1, 0, 0, 0.0)
        class_threshold.keep(workspace, run, chosen)

    said = [parts(line) for line in program_says(run, workspace, tmp_path, *names)]

    wanted = [expected(one) for one in Predictor.of_run(workspace, run).predict(pictures)]
    assert [words for words, _ in said] == [words for words, _ in wanted]
    assert [chance for _, chance in said] == pytest.approx([chance for _, chance in wanted], abs=1e-4)
    assert 0 < sum("I don't know" in words for words, _ in said) < len(said)


def test_what_was_chosen_with_another_temperature_is_void(trained, tmp_path):
    workspace = Workspace.open(shutil.copytree(trained.workspace.root, tmp_path / "workspace"))
    Image.fromarray(photos.coffee()).save(tmp_path / "cup.png")
    rule.keep(workspace, trained.run, Rule(0.1, 0.95, 1.1, 2.0, "d", "val", 9, 5, 0, 0.0))

    (said,) = program_says(trained.run, workspace, tmp_path, "cup.png")

    assert "I don't know" not in said


def test_it_holds_what_the_run_decides_by_and_nothing_of_its_data(trained):
    names = set(zipfile.ZipFile(io.BytesIO(zipped(trained.workspace, trained.run))).namelist())

    assert {"model.tflite", "model.keras", "labels.json", "classify.py", "README.txt"} <= names
    assert not {name for name in names if name.startswith(("evaluation", "log", "events", "run.json"))}

"""What is downloaded answers as the run itself does, without Fovea."""

import dataclasses
import io
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from skimage import data as photos

from core.images.fitting import FITS
from core.predict.predictor import Predictor
from core.predict.takeaway import zipped


def cut_out() -> Image.Image:
    """A photo that can be seen through where it is dark: what lies there is another picture than white."""
    photo = photos.coffee()
    return Image.fromarray(np.dstack([photo, np.where(photo.mean(axis=2) < 90, 0, 255).astype(np.uint8)]))


@pytest.mark.parametrize("picture", [Image.fromarray(photos.coffee()), cut_out()], ids=["photo", "cut out"])
@pytest.mark.parametrize("fit", FITS)
def test_its_program_says_what_the_run_says(trained, tmp_path, fit, picture):
    run = dataclasses.replace(trained.run, config=dataclasses.replace(trained.run.config, fit=fit))
    zipfile.ZipFile(io.BytesIO(zipped(trained.workspace, run))).extractall(tmp_path)
    picture.save(tmp_path / "cup.png")
    predictor = Predictor.of_run(trained.workspace, run)
    predictor.temperature = 1.0

    said = subprocess.run(
        [sys.executable, "classify.py", "cup.png"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    (one,) = predictor.predict([("cup.png", tmp_path / "cup.png")])
    label, chance = said.stdout.split()
    assert (label, float(chance)) == (one.label, pytest.approx(one.probability, abs=1e-4))


def test_it_holds_what_the_run_decides_by_and_nothing_of_its_data(trained):
    names = set(zipfile.ZipFile(io.BytesIO(zipped(trained.workspace, trained.run))).namelist())

    assert {"model.tflite", "model.keras", "labels.json", "classify.py", "README.txt"} <= names
    assert not {name for name in names if name.startswith(("evaluation", "log", "events", "run.json"))}

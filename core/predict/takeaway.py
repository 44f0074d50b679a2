"""A run's model as a zip to take away: its files, and a program of a few lines that uses them."""

from __future__ import annotations

import io
import zipfile
from textwrap import indent

from core.images.fitting import THUMBNAIL_SIZE
from core.images.reading import REDUCING_GAP
from core.train.runs import Run
from core.workspace import Workspace

MODEL = ("model.tflite", "model.keras", "labels.json")
DECISIONS = ("calibration.json", "decision.json", "class_threshold.json")  # which a run may have
PROGRAM = '''"""python classify.py PICTURE …: what Fovea answers. Needs numpy, pillow and ai-edge-litert (or TensorFlow)."""

import json
import math
import os
import sys

import numpy as np
from PIL import Image, ImageOps

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tensorflow.lite import Interpreter


def beside(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def kept(name):
    return json.load(open(beside(name), encoding="utf-8")) if os.path.exists(beside(name)) else {}


model = Interpreter(beside("model.tflite"))
model.allocate_tensors()
told, answer = model.get_input_details()[0], model.get_output_details()[0]
_, size, _, channels = told["shape"]
labels, fitted = kept("labels.json"), kept("calibration.json")
temperature = fitted["temperature"] if fitted.get("in_use") else 1.0
# What was chosen with another temperature is void.
rule, own = (one if one.get("temperature") == temperature else {} for one in map(kept, ("decision.json", "class_threshold.json")))
for path in sys.argv[1:]:
    picture = Image.open(path)
    picture.draft(None, (max(math.ceil({gap} * size), {least}),) * 2)  # a large JPEG is decoded at a part of its size, as Fovea does
    picture = ImageOps.exif_transpose(picture)
    if picture.has_transparency_data:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    picture = picture.convert("L" if channels == 1 else "RGB")
{fit}
    # Values of 0 to 255 go in as they are: the model scales them itself.
    model.set_tensor(told["index"], np.asarray(picture, np.float32).reshape(1, size, size, channels))
    model.invoke()
    chances = model.get_tensor(answer["index"])[0].astype(np.float64)
    chances /= chances.sum()
    if temperature != 1:
        scaled = np.log(np.maximum(chances, np.finfo(np.float32).tiny)) / temperature
        chances = np.exp(scaled - scaled.max())
        chances /= chances.sum()
    best, top, sure = chances.argmax(), chances.argmax(), False
    if own.get("label") in labels:  # one class is said from its own threshold on, whatever the rule says, and never below
        others = np.where(np.array(labels) == own["label"], -1, chances)
        sure = chances[labels.index(own["label"])] >= own["threshold"]
        best = labels.index(own["label"]) if sure else others.argmax()
    said, likeliest = f"{labels[best]} {chances[best]:.4f}", f"(likeliest {labels[top]} {chances[top]:.4f})"
    if chances[best] < rule.get("threshold", 0) and not sure:
        said = f"I don't know {likeliest}"
    elif best != top and not sure:
        said = f"not {labels[top]} {likeliest}"
    print(f"{path}: {said}" if len(sys.argv) > 2 else said)
'''
FIT = {
    "crop": """side = min(picture.size)
left, top = (picture.width - side) / 2, (picture.height - side) / 2
picture = picture.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))""",
    "pad": """white = 255 if channels == 1 else (255, 255, 255)
picture = ImageOps.pad(picture, (size, size), Image.Resampling.BILINEAR, color=white)""",
    "stretch": "picture = picture.resize((size, size), Image.Resampling.BILINEAR)",
}
README = """{title}, learnt from {dataset}

model.tflite          the model as Fovea itself uses it: pixels of 0 to 255 in, a probability for each class out
model.keras           the same for Keras 3
labels.json           class names in the order of the outputs
calibration.json      where there is one and "in_use" is true: the probabilities to the power of 1 / temperature, made to sum to 1, are what Fovea shows
decision.json         where there is one: below its threshold Fovea says "I don't know"
class_threshold.json  where there is one: from which probability on Fovea says one class
classify.py           python classify.py PICTURE …: answers as Fovea does by these files; it marks no picture as unlike the training images, and takes 8 bits a channel
"""


def missing(workspace: Workspace, run: Run) -> list[str]:
    """What it takes and is not there."""
    return [name for name in MODEL if not (run.folder(workspace) / name).is_file()]


def zipped(workspace: Workspace, run: Run) -> bytes:
    """The model of `run`, its class names, what it decides by, and `classify.py`, which answers by that as Fovea does.

    Raises:
        FileNotFoundError: It has no model.
    """
    folder, to = run.folder(workspace), io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*MODEL, *(name for name in DECISIONS if (folder / name).is_file())):
            archive.write(folder / name, name)
        program = PROGRAM.replace("{gap}", str(REDUCING_GAP)).replace("{least}", str(THUMBNAIL_SIZE))
        archive.writestr("classify.py", program.replace("{fit}", indent(FIT[run.config.fit], " " * 4)))
        archive.writestr("README.txt", README.format(title=run.title, dataset=run.dataset))
    return to.getvalue()

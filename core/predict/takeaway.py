"""A run's model as a zip to take away: its files, and a program of a few lines that uses them."""

from __future__ import annotations

import io
import zipfile

from core.train.runs import Run
from core.workspace import Workspace

MODEL = ("model.tflite", "model.keras", "labels.json")
DECISIONS = ("calibration.json", "decision.json", "class_threshold.json")  # which a run may have
PROGRAM = '''"""python classify.py PICTURE: the likeliest class. Needs numpy, pillow and ai-edge-litert (or TensorFlow)."""

import json
import sys

import numpy as np
from PIL import Image, ImageOps

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tensorflow.lite import Interpreter

model = Interpreter("model.tflite")
model.allocate_tensors()
told, answer = model.get_input_details()[0], model.get_output_details()[0]
_, size, _, channels = told["shape"]
picture = ImageOps.exif_transpose(Image.open(sys.argv[1]))
if picture.has_transparency_data:
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
picture = picture.convert("L" if channels == 1 else "RGB")
{fit}
# Values of 0 to 255 go in as they are: the model scales them itself.
model.set_tensor(told["index"], np.asarray(picture, np.float32).reshape(1, size, size, channels))
model.invoke()
chances = model.get_tensor(answer["index"])[0]
labels = json.load(open("labels.json", encoding="utf-8"))
print(labels[int(chances.argmax())], round(float(chances.max()), 4))
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
classify.py           python classify.py PICTURE
"""


def zipped(workspace: Workspace, run: Run) -> bytes:
    """The model of `run`, its class names, what it decides by, and `classify.py`, which says a picture's likeliest class.

    Raises:
        FileNotFoundError: It has no model.
    """
    folder, to = run.folder(workspace), io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*MODEL, *(name for name in DECISIONS if (folder / name).is_file())):
            archive.write(folder / name, name)
        archive.writestr("classify.py", PROGRAM.replace("{fit}", FIT[run.config.fit]))
        archive.writestr("README.txt", README.format(title=run.title, dataset=run.dataset))
    return to.getvalue()

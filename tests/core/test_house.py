"""The house: who imports whom, and what the web server's side never imports."""

import ast

import pytest

from tests.making import PROJECT, python

ROOMS = ["core.data", "core.augment", "models", "core.train", "core.evaluate", "core.predict", "core.jobs"]
GROUND_FLOOR = ["core.errors", "core.workspace", "core.images", "core.inference", "core.progress", "core.spreadsheet",
                "core.devices", "core.metadata", "core.file_names", "core.rounding", "core.settings"]  # fmt: skip
ROOF = ["core.cli", "core.commands", "core.__main__", "core.compute", "core.doctor"]
HEAVY = ("tensorflow", "keras", "jax", "sklearn")
READ_BY_THE_SERVER = [
    "core.cli",
    "core.compute",
    "core.data.add",
    "core.data.append",
    "core.data.checks",
    "core.data.collect",
    "core.data.embeddings",
    "core.data.outliers",
    "core.data.projection",
    "core.doctor",
    "core.evaluate.calibrated",
    "core.evaluate.conformal",
    "core.evaluate.curves",
    "core.evaluate.evaluation",
    "core.evaluate.completion",
    "core.evaluate.metrics",
    "core.evaluate.resolution",
    "core.evaluate.disparity",
    "core.evaluate.slices",
    "core.evaluate.learning_curve",
    "core.evaluate.paired",
    "core.evaluate.rule",
    "core.evaluate.measuring",
    "core.evaluate.robustness",
    "core.jobs.robustness",
    "core.predict.predictor",
    "core.predict.pretrained",
    "core.train.presets",
    "core.train.runs",
    "core.train.sweeps",
    "core.train.more_data",
    "core.augment.config",
    "core.jobs.start",
    "core.jobs.supervisor",
    "core.jobs.watch",
    "core.jobs.child",
    "core.jobs.training",
    "core.jobs.heads",
    "core.train.environment",
    "core.train.head",
    "core.jobs.importing",
    "core.jobs.collecting",
    "core.jobs.evaluating",
    "core.jobs.calibrating",
    "core.jobs.exporting_data",
    "core.data.edit",
    "core.data.on_top",
    "core.jobs.embedding",
]


def sources():
    for folder in ("core", "models"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            name = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module):
    places = (*ROOMS, *GROUND_FLOOR, *ROOF)
    return next((place for place in places if module == place or module.startswith(f"{place}.")), None)


def test_core_and_models_never_import_streamlit():
    found = [name for name, tree in sources() for module in imports(tree) if module.split(".")[0] == "streamlit"]

    assert found == []


def test_every_module_of_core_has_its_place():
    assert [name for name, _ in sources() if room(name) is None and name != "core"] == []


def test_a_room_imports_only_from_rooms_to_its_left_and_from_the_ground_floor():
    wrong = []
    for name, tree in sources():
        own = room(name)
        for module in imports(tree):
            other = room(module)
            if other is None or own in ROOF or other == own or other in GROUND_FLOOR:
                continue
            if own not in ROOMS or other not in ROOMS or ROOMS.index(other) > ROOMS.index(own):
                wrong.append(f"{name} imports {module}")

    assert wrong == []


def test_only_the_rooms_behind_the_training_name_tensorflow():
    named = {name for name, tree in sources() for module in imports(tree) if module.split(".")[0] == "tensorflow"}

    assert named <= {"core.train.environment", "core.train.replicas", "core.evaluate.gradients", "core.predict.export"}


def test_scikit_learn_is_named_only_by_what_jobs_do():
    """A first click on Calibration or Decide imported it: 3.5 s, 85 MB. Imports within functions count too."""
    named = {name for name, tree in sources() for module in imports(tree) if module.split(".")[0] == "sklearn"}

    assert named <= {"core.data.projection", "core.data.sources.known"}


def test_what_the_server_imports_never_imports_a_deep_learning_library():
    code = f"""
import importlib, sys
for name in {READ_BY_THE_SERVER}:
    importlib.import_module(name)
    heavy = [module for module in {HEAVY} if module in sys.modules]
    assert not heavy, f"{{name}} imports {{heavy}}"
"""

    done = python("-c", code)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["core.data.sources.known", "models"])
def test_the_tables_alone_are_light_too(module):
    done = python("-c", f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])")

    assert (done.returncode, done.stdout) == (0, "[]\n")

"""A model's files with another last layer, from a template and without TensorFlow; what goes into that layer.

What is written is what Keras and its exporter would have written of the same model; a test compares them.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import FoveaError
from core.inference import InterpreterPool
from core.predict.template import FACTS_FILE, KERAS_FILE, LITERT_FILE
from core.workspace.atomic import read_json, whole, write_bytes

CONFIG, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"  # of a .keras


def write_keras(template: Path, weights: np.ndarray, biases: np.ndarray, path: Path) -> None:
    """Write a .keras that opens in plain Keras to `path`.

    Args:
        template: A folder of `core.predict.template`.
        weights: (D, classes) float32.
        biases: (classes,) float32.

    Raises:
        DamagedError: The template is damaged.
    """
    path_of_template = template / KERAS_FILE
    with whole(path_of_template, _cure(template)), zipfile.ZipFile(path_of_template) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
        config, metadata = json.loads(parts[CONFIG]), json.loads(parts[METADATA])
    last = config["config"]["layers"][-1]["config"]
    last["units"] = len(biases)
    metadata["date_saved"] = time.strftime("%Y-%m-%d@%H:%M:%S")
    changed = {
        CONFIG: json.dumps(config).encode(),
        METADATA: json.dumps(metadata).encode(),
        WEIGHTS: _with_weights(parts[WEIGHTS], last["name"], weights, biases),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {**parts, **changed}.items():
            archive.writestr(name, content)
    write_bytes(path, out.getvalue())


def write_litert(template: Path, weights: np.ndarray, biases: np.ndarray, path: Path) -> None:
    """Write a .tflite from pixels to probabilities to `path`; arguments as of `write_keras`.

    Raises:
        DamagedError: The template is damaged.
        FoveaError: It does not end as it should.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    InterpreterPool(template / LITERT_FILE, interpreters=1, cure=_cure(template))  # who only parses it takes any bytes
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs((template / LITERT_FILE).read_bytes(), 0))
    graph = model.subgraphs[0]
    softmax = _maker_of(model, graph.outputs[0], schema.BuiltinOperator.SOFTMAX)
    dense = _maker_of(model, softmax.inputs[0], schema.BuiltinOperator.FULLY_CONNECTED)
    kernel, bias = (graph.tensors[place] for place in dense.inputs[1:3])
    for tensor, values in ((kernel, weights.T), (bias, biases)):
        if sum(other.buffer == tensor.buffer for other in graph.tensors) > 1:
            raise FoveaError(f"{template} shares the weights of its last layer. Delete it; it is made again.")
        tensor.shape = np.array(values.shape, np.int32)
        model.buffers[tensor.buffer].data = np.frombuffer(values.astype("<f4").tobytes(), np.uint8)
    for place in (softmax.inputs[0], softmax.outputs[0]):
        graph.tensors[place].shape = np.array([1, len(biases)], np.int32)
        graph.tensors[place].shapeSignature = np.array([-1, len(biases)], np.int32)
    builder = flatbuffers.Builder(weights.nbytes + (16 << 20))
    builder.Finish(model.Pack(builder), b"TFL3")
    write_bytes(path, bytes(builder.Output()))


def with_embedding(model: bytes) -> bytes:
    """A .tflite that also gives what its last layer gets, (N, D), as a second output.

    Args:
        model: A whole one that `write_litert` wrote.

    Raises:
        FoveaError: It does not end as it should.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    whole = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    graph = whole.subgraphs[0]
    softmax = _maker_of(whole, graph.outputs[0], schema.BuiltinOperator.SOFTMAX)
    dense = _maker_of(whole, softmax.inputs[0], schema.BuiltinOperator.FULLY_CONNECTED)
    graph.outputs = [graph.outputs[0], dense.inputs[0]]
    builder = flatbuffers.Builder(len(model) + (1 << 20))
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def count_parameters(template: Path, weights: np.ndarray, biases: np.ndarray) -> int:
    """How many weights the whole model has, with this last layer."""
    return (
        read_json(template / FACTS_FILE, lambda facts: int(facts["parameters"]), _cure(template))
        + weights.size
        + biases.size
    )


def _cure(template: Path) -> str:
    return f"Delete {template}: it is made again."


def _with_weights(file: bytes, layer: str, weights: np.ndarray, biases: np.ndarray) -> bytes:
    import h5py

    whole = io.BytesIO(file)
    with h5py.File(whole, "r+") as h5:
        (variables,) = (group["vars"] for group in h5["layers"].values() if group["vars"].attrs.get("name") == layer)
        for name, values in (("0", weights), ("1", biases)):
            del variables[name]
            variables.create_dataset(name, data=values.astype("<f4"))
    return whole.getvalue()


def _maker_of(model: Any, tensor: int, wanted: int) -> Any:
    """The operator that gives a tensor, if it is of the wanted kind."""
    maker = next(operator for operator in model.subgraphs[0].operators if tensor in operator.outputs)
    code = model.operatorCodes[maker.opcodeIndex]
    if max(code.builtinCode, code.deprecatedBuiltinCode) != wanted:
        raise FoveaError("The prepared model does not end in a dense layer and a softmax.")
    return maker

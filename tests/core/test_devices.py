import time
from types import SimpleNamespace

import pynvml
import pytest

from core import devices

MIB = 1 << 20
H100 = {"index": 0, "name": "NVIDIA H100", "memory_mb": 81_559, "memory_used_mb": 512, "load_percent": 37}


class Driver:
    """NVML as a machine with two GPUs has it; `refused` names functions that a GPU does not answer."""

    def __init__(self, monkeypatch, refused=(), lost=()):
        self.refused, self.lost, self.open = refused, lost, 0
        for name in ("Init", "Shutdown", "DeviceGetCount", "DeviceGetHandleByIndex", "DeviceGetName",
                     "DeviceGetMemoryInfo", "DeviceGetUtilizationRates"):  # fmt: skip
            monkeypatch.setattr(pynvml, f"nvml{name}", getattr(self, name))

    def Init(self):
        self.open += 1

    def Shutdown(self):
        self.open -= 1

    def DeviceGetCount(self):
        return 2

    def DeviceGetHandleByIndex(self, index):
        if index in self.lost:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
        return index

    def DeviceGetName(self, handle):
        return "NVIDIA H100"

    def DeviceGetMemoryInfo(self, handle):
        return self._answer("memory", SimpleNamespace(total=81_559 * MIB, used=512 * MIB + 3))

    def DeviceGetUtilizationRates(self, handle):
        return self._answer("load", SimpleNamespace(gpu=37, memory=5))

    def _answer(self, name, value):
        if name in self.refused:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return value


def no_driver():
    raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)


def test_a_machine_without_a_driver_has_no_gpus_and_says_so_at_once(monkeypatch):
    monkeypatch.setattr(pynvml, "nvmlInit", no_driver)
    begin = time.monotonic()

    assert devices.describe()["gpus"] == []
    assert time.monotonic() - begin < 1


def test_this_machine_answers_without_an_exception_and_fast():
    devices.gpus()
    begin = time.monotonic()

    for _ in range(10):
        assert isinstance(devices.gpus(), list)

    assert time.monotonic() - begin < 5


def test_each_gpu_tells_its_memory_and_load_and_the_library_is_let_go(monkeypatch):
    driver = Driver(monkeypatch)

    assert devices.gpus() == [H100, {**H100, "index": 1}]
    assert driver.open == 0


@pytest.mark.parametrize(
    ("refused", "said"),
    [("load", {"load_percent": None}), ("memory", {"memory_mb": 0, "memory_used_mb": 0})],
)
def test_what_a_gpu_does_not_tell_is_left_open(monkeypatch, refused, said):
    Driver(monkeypatch, refused=(refused,))

    assert devices.gpus()[0] == {**H100, **said}


def test_a_gpu_that_fell_off_the_bus_is_left_out_and_the_others_are_there(monkeypatch):
    driver = Driver(monkeypatch, lost=(0,))

    assert [gpu["index"] for gpu in devices.gpus()] == [1]
    assert driver.open == 0

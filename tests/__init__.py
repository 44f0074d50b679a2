"""Before anything is imported: tests read nothing that somebody has set up at home, and leave the GPU alone."""

import os
import tempfile

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # this process must not take the GPU's memory from the trainers
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for _set_by_hand in [name for name in os.environ if name.startswith("FOVEA_")]:
    del os.environ[_set_by_hand]
_keras_home = tempfile.TemporaryDirectory(prefix="fovea-keras-")  # no keras.json, no weights
os.environ["KERAS_HOME"] = _keras_home.name
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"  # servers of tests are not asked through one

# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
HOST   ?= 127.0.0.1
PORT   ?= 8501
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: run test check bench clean

run: $(VENV)/.installed
	$(BIN)/streamlit run streamlit_app.py --server.address $(HOST) --server.port $(PORT)

test: $(VENV)/.installed-dev $(VENV)/.chromium $(VENV)/nginx
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

# Where there is an NVIDIA GPU, TensorFlow comes with CUDA.
$(VENV)/.installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	if nvidia-smi >/dev/null 2>&1; then $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -o '^tensorflow[^ ]*' requirements.txt | sed 's/^tensorflow/tensorflow[and-cuda]/')"; fi
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# Playwright's own Chromium, or Debian's where that one cannot be downloaded.
$(VENV)/.chromium: $(VENV)/.installed-dev
	sh tests/browser/install_chromium.sh $(BIN)
	touch $@

# A proxy before which Fovea is tested.
$(VENV)/nginx: $(VENV)/.chromium
	sh tests/browser/install_nginx.sh $@

clean:
	rm -rf $(VENV) .ruff_cache .mypy_cache .pytest_cache

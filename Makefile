# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
HOST   ?= 127.0.0.1
PORT   ?= 8501
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test check bench update clean

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

# The versions that were tested, so that tomorrow's release of a library breaks nobody's install; the newest that fit where one
# of those is not to be had. Where there is an NVIDIA GPU, TensorFlow comes with CUDA.
$(VENV)/.installed: requirements.txt constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt -c constraints.txt || $(PIP) -r requirements.txt
	if nvidia-smi >/dev/null 2>&1; then $(PIP) "$$(grep -o '^tensorflow[^ ]*' requirements.txt | sed 's/^tensorflow/tensorflow[and-cuda]/')"; fi
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) -r requirements-dev.txt -c constraints.txt || $(PIP) -r requirements-dev.txt
	touch $@

# Playwright's own Chromium, or Debian's where that one cannot be downloaded.
$(VENV)/.chromium: $(VENV)/.installed-dev
	sh tests/browser/install_chromium.sh $(BIN)
	touch $@

# A proxy before which Fovea is tested.
$(VENV)/nginx: $(VENV)/.chromium
	sh tests/browser/install_nginx.sh $@

# The newest versions that fit become those that are tested: run the tests, then commit constraints.txt.
update:
	rm -rf $(VENV)-update && $(PYTHON) -m venv $(VENV)-update
	$(VENV)-update/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt
	(echo "# The versions that were tested, on Python 3.11 to 3.13. make update renews them."; \
	    $(VENV)-update/bin/python -m pip freeze) > constraints.txt
	rm -rf $(VENV)-update

clean:
	rm -rf $(VENV) $(VENV)-update .ruff_cache .mypy_cache .pytest_cache

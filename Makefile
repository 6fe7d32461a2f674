# Every target sets up what it needs in .venv; `make demo` and `make test` need nothing before them
# but Python 3.10 or later.  Another Python: make PYTHON=python3.13 test (after a `make clean`).

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Where NVIDIA's driver is, CuPy is installed too, so that the GPU is among the devices.
comma := ,
CUDA := $(if $(wildcard /dev/nvidiactl /proc/driver/nvidia/version),$(comma)cuda)

.PHONY: demo test lint bench bench-gpu clean

demo: $(VENV)/installed-demo
	$(RUN) -m xpuarray demo

# Two processes: each compiled kernel costs its process 2 MB in the OpenCL CPU runtime, for good.
test: lint
	$(RUN) -m pytest -n 2 --dist loadfile

lint: $(VENV)/installed-test
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

bench: $(VENV)/installed-bench
	$(RUN) -m benchmarks

# The same on the GPUs alone; an error that lists the devices where there is none.
bench-gpu: $(VENV)/installed-bench
	SYCL_DEVICE_FILTER='*:gpu' $(RUN) -m benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An installed extra leaves an empty file, so that it is installed again only when pyproject.toml changes.
$(VENV)/installed-%: pyproject.toml | $(RUN)
	@echo "Installing xpuarray[$*$(CUDA)] into $(VENV) (the first time a download of about a gigabyte)"
	@$(RUN) -m pip install --disable-pip-version-check --quiet --editable '.[$*$(CUDA)]'
	@touch $@

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "xpuarray needs Python 3.10 or later: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

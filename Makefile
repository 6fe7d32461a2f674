# Every target sets up what it needs in .venv; `make demo` and `make test` need nothing before them
# but Python 3.10 or later.  Another Python: make PYTHON=python3.13 test (after a `make clean`).

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Where NVIDIA's driver is, CuPy is installed too, so that the GPU is among the devices.
comma := ,
CUDA := $(if $(wildcard /dev/nvidiactl /proc/driver/nvidia/version),$(comma)cuda)

.PHONY: demo test test-dpex fuzz walk fuzz-divergent foreign checks lint docs notebooks bench bench-gpu clean

demo: $(VENV)/installed-demo
	$(RUN) -m xpuarray demo

# Two processes: each compiled kernel costs its process 2 MB in the OpenCL CPU runtime, for good.
# If one crashes the run ends: xdist would start another, and then (with loadfile) wait for ever.
test: lint $(VENV)/pyright/installed
	$(RUN) -m pytest -n 2 --dist loadfile --max-worker-restart=0

# numba-dpex as the compiler of SPIR-V kernels, on the packages of 2024 that it needs, in an environment of its own.
DPEX := .venv-dpex
DPEX_PYTHON ?= $(shell for p in python3.11 python3.10; do $$p -c "" 2>/dev/null && echo $$p && break; done)
DPEX_TESTS := arrays kernels kernel_library kernel_constructs reductions reduction_plan layout rules \
    comparisons dpex dpex_kernels dpex_compiler random fusion plans sum_accuracy filters

test-dpex: $(DPEX)/installed
	$(DPEX)/bin/python -m pytest -n 2 --dist loadfile --max-worker-restart=0 $(DPEX_TESTS:%=tests/test_%.py)

# Without the dependencies in pyproject.toml, which name newer versions.
$(DPEX)/installed: requirements-dpex.txt pyproject.toml
	@test -n "$(DPEX_PYTHON)" || { echo "numba-dpex needs Python 3.10 or 3.11: make DPEX_PYTHON=... test-dpex"; exit 1; }
	$(DPEX_PYTHON) -m venv $(DPEX)
	$(DPEX)/bin/python -m pip install --disable-pip-version-check --quiet --requirement requirements-dpex.txt
	$(DPEX)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	@touch $@

# Random array programs and random kernels on every device, for hours; what differs is printed as a script.
fuzz: $(VENV)/installed-test
	$(RUN) -m xpuarray.conformance fuzz --programs 50000 --kernels 2000

# Every function with every kind of argument by every route, then of arrays of more than 2**31 elements, for hours.
walk: $(VENV)/installed-test
	$(RUN) tests/every_call.py host opencl:cpu fake
	$(RUN) tests/every_call.py opencl:cpu --prefer library
	$(RUN) tests/every_call.py opencl:cpu --prefer kernel
	$(RUN) tests/large_arrays.py host opencl:cpu

# Kernels with stores in divergent branches alone, which compilers that make vectors of work-items get wrong.
fuzz-divergent: $(VENV)/installed-test
	$(RUN) -m xpuarray.conformance fuzz opencl:cpu --divergent --kernels 5000 --jobs $$(nproc)

# CuPy's tests, as dpnp ships them, NumPy's own and dpnp's, on one device: make DEVICE=opencl:cpu foreign
DEVICE ?= host
foreign: $(VENV)/installed-test
	$(RUN) tests/cupy_suite.py --device $(DEVICE) --jobs $$(nproc)
	$(RUN) tests/numpy_suite.py --device $(DEVICE) --jobs $$(nproc)
	$(RUN) tests/dpnp_suite.py --device $(DEVICE) --jobs $$(nproc)

# scikit-learn's checks of estimators, of all of them, given arrays of ours, and those of its array API support.
checks: $(VENV)/installed-test
	$(RUN) tests/sklearn_checks.py host opencl:cpu
	$(RUN) tests/sklearn_checks.py --drivers host
	XPUARRAY_TEST_LARGE=1 $(RUN) -m pytest tests/test_sklearn_checks.py

lint: $(VENV)/installed-test
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy

# docs/_build/index.html; warnings are errors.  What runs where is as `make docs/coverage.json` has last found it.
docs: $(VENV)/installed-docs
	$(RUN) -m sphinx -W --keep-going -q -b html docs docs/_build

docs/coverage.json: $(VENV)/installed-test
	$(RUN) -m xpuarray coverage --json | $(RUN) docs/reference.py --keep > $@

# Runs the notebooks, and keeps what their cells put out in them: one of them with make NAME=06-images notebooks
notebooks: $(VENV)/installed-test
	$(RUN) tests/run_notebooks.py $(NAME)

bench: $(VENV)/installed-bench
	$(RUN) -m benchmarks

# The same on the GPUs alone; an error that lists the devices where there is none.
bench-gpu: $(VENV)/installed-bench
	SYCL_DEVICE_FILTER='*:gpu' $(RUN) -m benchmarks

clean:
	rm -rf $(VENV) $(DPEX) build dist *.egg-info xpuarray/core/*.so .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An installed extra leaves an empty file, so that it is installed again only when pyproject.toml changes.
$(VENV)/installed-%: pyproject.toml | $(RUN)
	@echo "Installing xpuarray[all,$*$(CUDA)] into $(VENV) (the first time a download of about a gigabyte)"
	@$(RUN) -m pip install --disable-pip-version-check --quiet --editable '.[all,$*$(CUDA)]'
	@touch $@

# The type checker of editors, for the tests; without Node.js they leave it out, and say so.
$(VENV)/pyright/installed: Makefile | $(RUN)
	@if command -v npm >/dev/null; \
	then npm install --prefix $(@D) --no-audit --no-fund --silent pyright@1.1.414 && touch $@; \
	else echo "There is no npm: what pyright says is not tested"; fi

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "xpuarray needs Python 3.10 or later: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

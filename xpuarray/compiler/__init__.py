"""From a Python function to code for one device: `build` makes it or finds it on disk; one file a target; Numba is
loaded on first use."""

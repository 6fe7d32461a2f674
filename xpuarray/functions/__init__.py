"""The public functions, by subject.  Each is defined once, here; `xpuarray/__init__.py` passes them on."""

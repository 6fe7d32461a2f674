"""What `python -m xpuarray COMMAND` does."""

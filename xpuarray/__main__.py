"""`python -m xpuarray`."""

import sys

from xpuarray.commands.cli import program

if __name__ == "__main__":
    sys.exit(program())

"""`python -m xpuarray`."""

import sys

from xpuarray.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())

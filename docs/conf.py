"""Sphinx: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import gpus_table
import reference

import xpuarray

project = "xpuarray"
version = release = xpuarray.__version__
author = "xpuarray's authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False}
html_show_sourcelink = False
html_copy_source = False
exclude_patterns = ["_build"]
add_module_names = False
suppress_warnings = ["myst.header"]

reference.write()
gpus_table.write()

"""Compiles the hot path where there are Cython and a C compiler; where not, it runs as it is (CONTRIBUTING.md).

XPUARRAY_COMPILE=0 leaves it as it is; 1 fails where it can't be compiled, and compiles it in an editable install, too.
"""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from setuptools import Extension, setup

SOURCES = [
    "xpuarray/core/quick.py",
    "xpuarray/core/quick_parts.py",
    "xpuarray/core/quick_reductions.py",
    "xpuarray/core/quick_launches.py",
    "xpuarray/backends/cuda/quick_start.py",
]
#: Commands that make what is installed; others only ask what there is.
BUILDING, EDITABLE = {"bdist_wheel", "build", "build_ext", "install"}, {"develop", "editable_wheel"}
#: Annotations are for people and mypy; the compiler's types are in the .pxd files.
DIRECTIVES = {"language_level": 3, "annotation_typing": False, "binding": True}


def extensions() -> list[Extension]:
    asked = os.environ.get("XPUARRAY_COMPILE")
    commands = BUILDING if asked != "1" else BUILDING | EDITABLE
    if asked == "0" or not commands & set(sys.argv):
        return []
    lacks = what_is_lacking()
    if lacks and asked == "1":
        sys.exit(f"XPUARRAY_COMPILE=1, but {lacks}")
    if lacks:
        print(f"xpuarray runs uncompiled: {lacks}", file=sys.stderr)
        return []
    import numpy
    from Cython.Build import cythonize

    beside = [str(path) for source in SOURCES for path in Path(source).parent.glob("*.[ph]*") if path.suffix != ".py"]
    headers = [numpy.get_include()]
    named = [
        Extension(s[:-3].replace("/", "."), [s], depends=beside, include_dirs=headers, optional=asked != "1")
        for s in SOURCES
    ]
    return cythonize(named, compiler_directives=DIRECTIVES, build_dir="build/c", quiet=True)


def what_is_lacking() -> str:
    """What is not here to compile with, as a sentence; "" if all is."""
    try:
        import Cython.Build  # noqa: F401
    except ImportError:
        return "there is no Cython"
    try:
        import numpy
    except ImportError:
        return "there is no NumPy, whose headers it takes"
    if int(numpy.__version__.partition(".")[0]) < 2:
        return f"NumPy {numpy.__version__} has other headers; from 2.0 on they will do"
    if os.name == "nt":  # setuptools finds the compiler, or leaves the optional extension out
        return ""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "empty.c")
        source.write_text("#include <Python.h>\n")
        command = [*compiler, "-c", source, "-I", sysconfig.get_path("include"), "-o", source.with_suffix(".o")]
        try:
            found = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        except OSError:
            found = False
    return "" if found else f"there is no C compiler ({compiler[0]}) that finds Python.h"


setup(ext_modules=extensions())

"""Runs NumPy's own tests on xpuarray, and counts what holds.

    python tests/numpy_suite.py [--device host] [--jobs 2] [--only test_histograms] [--sample 20]

They stand in NumPy's wheel: a copy in a folder of its own imports a stand-in (numpy_standin.py), in which NumPy's names
are xpuarray's functions.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from foreign_runs import arguments, copied, finish, run_files

#: Files whose tests are of functions that xpuarray has.
FILES = """_core: numeric umath umath_complex einsum shape_base function_base indexing indexerrors item_selection
           multiarray nep50_promotions half errstate dlpack mem_overlap getlimits scalarmath
           lib: array_utils arraypad arraysetops function_base histograms index_tricks nanfunctions packbits polynomial
           shape_base stride_tricks twodim_base type_check ufunclike io
           fft: helper pocketfft
           linalg: linalg"""

#: Tests that are left out by name, with the reason; and files.
TESTS_LEFT_OUT = {
    r"[\[-](g|G|c?longdouble)(?=[\]-])|\[.*longdouble|longdouble|clongdouble": "long doubles",
    r"[\[-]([OSUV]\d*|[mM]8(\[\w+\])?|object|str|bytes)(?=[\]-])|\[.*(datetime|timedelta|object)"
    r"|(?i:_(object|string|unicode|structured|record|timedelta|datetime|nat|void|masked)s?(_|\b))"
    r"|TestStructured|TestRecord|TestBytestring|TestTextSignatures|TestDateTime": "objects, text, dates, records",
    r"TestTextSignatures|_method_signatures|TestCApiAccess|TestSizeOf|TestNewBufferProtocol|TestCTypes|TestArrayInterface"
    r"|TestSubclass|_docstring|force_(concatenate|slicing)|lapack_lite|blas64|npymath": "how NumPy is made",
}
LEFT_OUT = {
    "random": "NumPy's generators, whose numbers are others",
    "_core: ufunc": "ufuncs made in C for the tests",
}

#: What the copy says instead, in this order.
SWAPS = (
    (r"^(\s*)import numpy as np$", r"\1import numpy_standin\n\1import numpy_here as np"),
    (r"^(\s*)import numpy$", r"\1import numpy_standin\n\1import numpy_here as numpy"),
    (r"^(\s*)(from|import) numpy\.(random|linalg|fft|testing|lib|_core\.(?:umath|numeric)"
     r"|linalg\._linalg)\b(?!\.tests)"
     r"(?!\.(?:_private|_datasource|_iotools|_utils|_npyio|format|recf|tests|_umath|lapack_lite|overrides))",
     r"\1\2 numpy_here.\3"),
    (r"^(\s*)from numpy(\._core)? import(?! _)", r"\1from numpy_here\2 import"),
    # references of their own are computed by NumPy
    (
        r"val_obj = np\.array\(\[10, 10\], dtype=object\)\n(\s+)val = val_obj\.astype\(sctype\)",
        r"val_obj = numpy_standin.np.array([10, 10], dtype=object)\n\1val = np.array([10, 10], dtype=sctype)",
    ),
    (r"sv\.__array_wrap__\(s\)", "s"),
    (r"def test_(extension_incref_elide)", r"def left_out_\1"),  # C that takes what it is given for NumPy's array
    (r"^(\s*)from numpy\.ma\.testutils import", r"\1from numpy_here.testing import"),
)  # fmt: skip


def files() -> list[Path]:
    """The files of tests, in NumPy's folder."""
    top = Path(np.__file__).parent
    found, folder = [], ""
    for word in FILES.split():
        if word.endswith(":"):
            folder = word[:-1]
        else:
            found.append(top / folder / "tests" / f"test_{word}.py")
    return [file for file in found if file.is_file()]


def copied_file(file: Path, to: Path) -> str:
    """Write the copy of a file, and name it."""
    name = f"test_{file.parts[-3].strip('_')}_{file.name}"
    # a file that imports names before `np` needs the stand-in all the same; of __future__ nothing stands there
    copied(file, to / name, SWAPS, "import numpy_standin\n")
    return name


def main(given: list[str]) -> int:
    """Run the tests; the status is 1 if a process died."""
    options = arguments(__doc__).parse_args(given)
    if not files():
        print("NumPy's tests are not installed here (some distributions leave them out)")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outcomes = run_files(folder, [copied_file(file, folder) for file in files()], options, "|".join(TESTS_LEFT_OUT))
    for name, reason in (LEFT_OUT | TESTS_LEFT_OUT).items():
        print(f"left out: {reason}: {name}")
    return finish(f"NumPy's tests on {options.device}", outcomes, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

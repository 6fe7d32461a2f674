"""`jit` and `prange`: plain Python loops, run in parallel on the arrays' device.

A function is read from its source (source.py). Each outermost prange becomes a Loop (loop.py), which finds out when it
is first called with arguments of some types what its variables are (names.py), which elements its iterations touch
(accesses.py), that no two touch the same (polynomials.py, safety.py), and what a kernel for it says (kernels.py).
All else of the function stays Python (hosting.py), on device arrays.
"""

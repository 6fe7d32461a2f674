"""Numba made to read kernels: types, typing, lowering, and what it has to be taught; the same for every target.

linking, unsupported, overloads, diagnosis and dialect load no Numba: the simulator, and a kernel found on disk, do
without it.
"""

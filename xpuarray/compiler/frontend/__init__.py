"""Numba made to read kernels: types, typing, lowering, and what it has to be taught; the same for every target."""

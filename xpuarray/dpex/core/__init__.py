"""numba-dpex's paths to its exceptions and types."""

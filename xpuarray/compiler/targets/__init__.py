"""One file a target, each with what it alone needs: SPIR-V, PTX, threads of the host, the simulator, numba-dpex."""

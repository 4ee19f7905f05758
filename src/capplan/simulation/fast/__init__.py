"""The event loop on tables: the same steps as the closures of programs, calls and clients, written so that numba can
compile them. The same seed gives the same result to the last digit."""

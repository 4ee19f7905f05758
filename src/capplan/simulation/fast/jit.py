"""Compiles with numba where it is there; otherwise functions stay as they are.

Tables are made outside and nothing is made inside: so nothing counts references (`_nrt`), which would take most of the
time. What is called inside only is always put in line. Compiled code is kept for the next process.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import njit
except ImportError:
    COMPILES = False
else:
    COMPILES = True


def door(function: Function) -> Function:
    """A function that is called from outside."""
    if not COMPILES:
        return function
    try:
        return njit(cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)(function)
    except RuntimeError:  # there is nowhere to keep the code
        return njit(error_model="numpy", no_cfunc_wrapper=True, _nrt=False)(function)


def inside(function: Function) -> Function:
    """A function that only others of these call."""
    if not COMPILES:
        return function
    return njit(forceinline=True, error_model="numpy", no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False)(
        function
    )


def plain(function: Function) -> Function:
    """A function as it was written."""
    written: Function = getattr(function, "py_func", function)
    return written

"""Compiles with numba where it is there; otherwise functions stay as they are."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import njit
except ImportError:
    COMPILED = False

    def door(function: Function) -> Function:
        """A function that is called from outside."""
        return function

    inside = door
else:
    COMPILED = True
    door = njit(cache=True)
    inside = njit(forceinline=True)

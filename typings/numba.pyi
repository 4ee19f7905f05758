"""What capplan uses of numba, which need not be installed."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

def njit(
    *,
    cache: bool = ...,
    error_model: str = ...,
    forceinline: bool = ...,
    no_cfunc_wrapper: bool = ...,
    no_cpython_wrapper: bool = ...,
    _nrt: bool = ...,
) -> Callable[[Function], Function]: ...

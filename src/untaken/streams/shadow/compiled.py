"""Compilation of the kernels to machine code, kept between processes where a cache can be written."""

import hashlib
from collections.abc import Callable
from functools import cache, update_wrapper
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from numba.core.caching import FunctionCache

P = ParamSpec("P")
R = TypeVar("R")

# Without numba's runtime nothing counts references to arrays (25 times the work of a walk): kernels
# allocate nothing and borrow every array from their caller. The numpy error model divides without branches.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "_nrt": False}


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _PackageCache(FunctionCache):
    """A cache that any change in this package makes stale; numba's own sees the kernel's file only."""

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), _sources())  # type: ignore[no-untyped-call]


def borrowed(values: npt.ArrayLike, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return a contiguous read-only view (a copy only where it must be): one compiled signature for all."""
    view = np.ascontiguousarray(values, dtype=dtype).view()
    view.flags.writeable = False
    return view


def helper(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that only kernels call, into them."""
    return cast("Callable[P, R]", numba.njit(**_OPTIONS, forceinline=True)(function))


def outlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a helper for what is rare, beside the kernels that call it."""
    return cast("Callable[P, R]", numba.njit(**_OPTIONS)(function))


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on the first call, without the interpreter's lock, and cache beside the source or in the home.

    Where neither can be written (a read-only installation, a full disk) every process compiles for itself.
    """
    dispatcher = numba.njit(**_OPTIONS, nogil=True)(function)
    try:
        # What numba's own enable_caching does.
        dispatcher._cache = _PackageCache(function)  # type: ignore[no-untyped-call]  # noqa: SLF001
    except RuntimeError:  # numba: no locator available
        return cast("Callable[P, R]", dispatcher)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return cast("R", dispatcher(*args, **kwargs))
        except OSError:  # compiled, but the cache could not be written; the code is in memory all the same
            return cast("R", dispatcher(*args, **kwargs))

    return update_wrapper(call, function)

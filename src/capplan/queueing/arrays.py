"""The array types of the room. Axis 0 is always the load point, so that a whole sweep is one call."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
"""Real values; axis 0 is the load point."""
Spectrum: TypeAlias = npt.NDArray[np.complex128]
"""Transforms of laws on a grid; the last axis is the frequency."""
Mask: TypeAlias = npt.NDArray[np.bool_]
"""Yes or no; axis 0 is the load point."""

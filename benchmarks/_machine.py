"""Describe the class of the machine and the releases that were timed, without any name."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from importlib.util import find_spec

PACKAGES = ("numpy", "scipy", "neuron", "brian2", "numba", "matplotlib", "ipywidgets", "jupyterlab")


def describe() -> str:
    """Return the class of the machine, Python, and the releases installed beside it."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    words = [f"{os.cpu_count()} processors, {platform.machine()}{_vectors()}, {platform.system()}"]
    words += [python, *(f"{name} {version(name)}" for name in PACKAGES if find_spec(name))]
    return ", ".join(words)


def _vectors() -> str:
    """Name the widest vector instructions, on which NumPy's speed depends."""
    try:
        from numpy._core._multiarray_umath import __cpu_features__ as features
    except ImportError:
        return ""
    for key, name in (("AVX512_SKX", "AVX-512"), ("AVX512F", "AVX-512"), ("AVX2", "AVX2")):
        if features.get(key):
            return f" with {name}"
    return ""

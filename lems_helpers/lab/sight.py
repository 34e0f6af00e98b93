"""How colours look to eyes that miss one kind of cone, and without any colour.

The matrices are those of Machado, Oliveira and Fernandes (2009, IEEE Trans. Vis. Comput. Graph.
15, 1291) for complete loss of one cone; they act on linear RGB.
"""

from __future__ import annotations

import numpy as np

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
#: What reaches the mind of linear red, green and blue, by kind of sight.
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
    "greyscale": np.tile(_LUMINANCE, (3, 1)),
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_LAB = np.array([[0, 116, 0], [500, -500, 0], [0, 200, -200]])


def seen(rgb: np.ndarray, sight: str) -> np.ndarray:
    """Return sRGB colours (last axis; 0 to 1) as a kind of sight of `SIGHTS` sees them."""
    linear = np.clip(_linear(np.asarray(rgb, dtype=float)) @ SIGHTS[sight].T, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Return how far apart two sRGB colours look (CIE 1976: about 2 can just be told apart)."""
    return float(np.linalg.norm(_lab(one) - _lab(other)))


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Return the contrast ratio of two sRGB colours, 1 to 21, as WCAG 2 defines it."""
    dark, light = sorted(
        float(_linear(np.asarray(c, dtype=float)) @ _LUMINANCE) for c in (one, other)
    )
    return (light + 0.05) / (dark + 0.05)


def _linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _lab(rgb: np.ndarray) -> np.ndarray:
    white = _XYZ.sum(axis=1)
    ratio = _XYZ @ _linear(np.asarray(rgb, dtype=float)) / white
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return _LAB @ root - np.array([16, 0, 0])

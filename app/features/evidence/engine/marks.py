"""A photo's marks: 64 numbers, each of one of its largest points, by which its copies are found among a million photos,
whatever was cut off, turned, mirrored or photographed from a screen. They find; `reuse` judges.

A mark is the signs of 32 projections of the point's descriptor (M. Charikar, "Similarity estimation", 2002); who asks
also asks for the marks with the least sure signs changed (Q. Lv and others, "Multi-probe LSH", 2007).
"""

from functools import cache
from importlib import resources

import numpy as np

from app.features.evidence.engine.features import Array, Features, mirrored

MARKS, BITS, PROBES = 64, 32, 10
DOUBTED = 3  # of the probed signs, those that are also changed two at a time


@cache
def _projection() -> tuple[Array, Array]:
    """(128, BITS) and what each projection is held against; scripts/fit_evidence.py wrote them."""
    with resources.files(__package__).joinpath("marks.npz").open("rb") as file:
        kept = np.load(file, allow_pickle=False)
        return kept["axes"].astype(np.float32), kept["middle"].astype(np.float32)


def marks(features: Features) -> Array:
    """At most MARKS uint32, ascending."""
    return np.unique(_signs(_projected(features)))


def asked(features: Features) -> Array:
    """What a copy of this photo, straight or mirrored, may be marked with."""
    return np.unique(np.concatenate([_probed(features), _probed(mirrored(features))]))


def _projected(features: Features) -> Array:
    axes, middle = _projection()
    largest = np.argsort(-features.size, kind="stable")[:MARKS]
    return np.asarray(features.descriptors[largest].astype(np.float32) @ axes - middle)


def _signs(projected: Array) -> Array:
    bits = 1 << np.arange(BITS, dtype=np.uint64)
    return ((projected > 0) @ bits).astype(np.uint32)


def _probed(features: Features) -> Array:
    projected = _projected(features)
    own = _signs(projected)
    doubtful = np.argsort(np.abs(projected), axis=1)[:, :PROBES].astype(np.uint32)
    flips = np.left_shift(np.uint32(1), doubtful)
    near = [own, *(own ^ flip for flip in flips.T)]
    near += [own ^ flips[:, a] ^ flips[:, b] for a in range(DOUBTED) for b in range(a)]
    return np.concatenate(near)

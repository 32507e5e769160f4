"""The map of what changed points at the heap that is gone."""

import numpy as np

from app.features.evidence.engine.judge import compare
from app.features.evidence.engine.photo import describe
from tests.features.evidence.scenes import Camera, sent, street, with_light


def _contrast(changed: np.ndarray) -> float:
    """Mean brightness where the heap lay, over the mean elsewhere."""
    before, clean = street(1, is_littered=True), street(1)
    heap = np.abs(before.astype(int) - clean).sum(axis=2) > 0
    scale = changed.shape[1] / before.shape[1]
    rows, columns = np.nonzero(heap)
    mask = np.zeros(changed.shape, bool)
    mask[(rows * scale).astype(int), (columns * scale).astype(int)] = True
    return float(changed[mask].mean() / changed[~mask].mean())


def test_the_heap_that_is_gone_stands_out_despite_parallax(littered, cleaned):
    changed = compare(littered, cleaned).change_map(littered, cleaned)
    assert changed is not None
    assert changed.dtype == np.uint8
    assert _contrast(changed) > 2


def test_light_alone_is_no_change(littered):
    clean = street(1, Camera().step(x=0.3))
    bright, dim = describe(sent(clean)), describe(sent(with_light(clean, 0.7)))
    maps = [compare(littered, photo).change_map(littered, photo) for photo in (bright, dim)]
    assert all(_contrast(changed) > 2 for changed in maps)


def test_what_cannot_be_aligned_has_no_map(littered, elsewhere):
    assert compare(littered, elsewhere).change_map(littered, elsewhere) is None

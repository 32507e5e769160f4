import pytest

from app.features.evidence.engine.photo import Photo, describe
from tests.features.evidence.scenes import Camera, sent, street


@pytest.fixture(scope="session")
def littered() -> Photo:
    return describe(sent(street(1, is_littered=True)))


@pytest.fixture(scope="session")
def cleaned() -> Photo:
    """The same street from another stand-point, the heap gone."""
    return describe(sent(street(1, Camera().step(x=0.6, turn=0.06))))


@pytest.fixture(scope="session")
def elsewhere() -> Photo:
    return describe(sent(street(2)))

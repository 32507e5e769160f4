"""Clocks of dispatch: deferred cases resume on their day."""

from app.core import jobs
from app.features.dispatch import requests


@jobs.every("dispatch.resume_due", "*/10 * * * *")
def resume_due() -> None:
    """Resume deferred cases whose day has come."""
    requests.resume_all_due()

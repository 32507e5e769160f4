"""Identity over HTTP: signing in, invites, people, units."""

from app.core.routes import Routes
from app.features.identity import invite_routes, jobs, people_routes, privacy_routes, session_routes

__all__ = ["jobs", "router"]  # whoever serves the routes also runs the jobs

router = Routes()
router.include_router(session_routes.router)
router.include_router(invite_routes.router)
router.include_router(privacy_routes.router)
router.include_router(people_routes.router)

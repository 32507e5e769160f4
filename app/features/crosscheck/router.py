"""HTTP of the cross-check. Importing this registers the feature's hooks."""

from fastapi.routing import APIRoute

from app.core import metrics
from app.core.routes import Routes
from app.features.crosscheck import office_routes, result_routes, retention, team_routes

REGISTERED = (retention,)
router = Routes()
router.include_router(team_routes.router)
router.include_router(result_routes.router)  # its rounds/{id}.xlsx before rounds/{id}
router.include_router(office_routes.router)
# The figures for Prometheus are read by whoever runs the server: how often a round is asked for would tell that there is one.
for part in (team_routes, result_routes, office_routes):
    metrics.UNCOUNTED.update(route.name for route in part.router.routes if isinstance(route, APIRoute))

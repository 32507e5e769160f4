"""HTTP of the cross-check. Importing this registers the feature's hooks."""

from fastapi import APIRouter

from app.features.crosscheck import office_routes, result_routes, retention, team_routes

REGISTERED = (retention,)
router = APIRouter()
router.include_router(team_routes.router)
router.include_router(result_routes.router)  # its rounds/{id}.xlsx before rounds/{id}
router.include_router(office_routes.router)

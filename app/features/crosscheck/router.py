"""HTTP of the cross-check."""

from fastapi import APIRouter

from app.features.crosscheck import office_routes, result_routes, team_routes

router = APIRouter()
router.include_router(team_routes.router)
router.include_router(result_routes.router)  # its rounds/{id}.xlsx before rounds/{id}
router.include_router(office_routes.router)

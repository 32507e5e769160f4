"""Measurement points, unit grids and who answers for them.

Positions are canonical WGS-84; what was received is kept beside. `cell` and the box are what a search by
position asks the index for (see spatial.py); the service derives both from position, shape and buffer.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base
from app.core.ids import public_id

BOX = ("min_lon", "max_lon", "min_lat", "max_lat")
"""Part of the index, so that a search reads only the rows whose box it meets."""


class Grid(Base):
    """单元网格: the smallest area with one owner.

    Code: 15 digits = 6 division + 3 town + 3 community + 3 serial.
    """

    __tablename__ = "grids"
    __table_args__ = (UniqueConstraint("town_id", "code"), Index("ix_grids_cell", "town_id", "cell", *BOX))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    community_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    support_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    response_levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    accepted_at: Mapped[datetime | None]
    """Since when support unit, community and officer have all accepted; null while one is missing."""
    geometry: Mapped[dict[str, Any]]
    """GeoJSON Polygon or MultiPolygon, WGS-84."""
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Geometry and crs as received, where it was not WGS-84."""
    cell: Mapped[int] = mapped_column(BigInteger)
    min_lon: Mapped[float]
    min_lat: Mapped[float]
    max_lon: Mapped[float]
    max_lat: Mapped[float]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class Point(Base):
    """测评点位: a quarter, road, crossing, market … with a position and maybe a line or an area."""

    __tablename__ = "points"
    __table_args__ = (
        UniqueConstraint("town_id", "code"),
        Index("ix_points_cell", "town_id", "cell", *BOX),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="position"),
        CheckConstraint("buffer_m >= 0", name="buffer"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    type_code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    is_key: Mapped[bool] = mapped_column(default=False)
    is_point: Mapped[bool] = mapped_column(default=True)
    """False: a non-point area (非点位) that is looked after all the same."""
    lon: Mapped[float]
    lat: Mapped[float]
    geometry: Mapped[dict[str, Any] | None]
    """GeoJSON LineString, Polygon or Multi*, WGS-84."""
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Position or geometry and crs as received, where it was not WGS-84."""
    buffer_m: Mapped[int] = mapped_column(default=0)
    """Surroundings that count as the point itself; the box below holds them too."""
    cell: Mapped[int] = mapped_column(BigInteger)
    min_lon: Mapped[float]
    min_lat: Mapped[float]
    max_lon: Mapped[float]
    max_lat: Mapped[float]
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id"), index=True)
    territory_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    responsible_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    support_unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    point_chief_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    profile: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    @property
    def is_strict(self) -> bool:
        """Measured by a stricter standard (X39), which its profile names: 席地而坐 of core roads."""
        return bool(self.profile.get("standard_profile"))


class Responsibility(Base):
    """包干: a person or unit answers for a point or a grid, for a period."""

    __tablename__ = "responsibilities"
    __table_args__ = (
        # exactly one subject and exactly one target
        CheckConstraint("(user_id IS NULL) <> (unit_id IS NULL)", name="one_subject"),
        CheckConstraint("(point_id IS NULL) <> (grid_id IS NULL)", name="one_target"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[str] = mapped_column(String(24))
    """area_leader, point_chief, adopter, support, stationed."""
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"), index=True)
    point_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("points.id", ondelete="CASCADE"), index=True
    )
    grid_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("grids.id", ondelete="CASCADE"), index=True)
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    duty: Mapped[str] = mapped_column(String(200), default="")
    milestone: Mapped[str] = mapped_column(String(200), default="")
    measure: Mapped[str] = mapped_column(String(400), default="")
    version: Mapped[int] = mapped_column(default=1)


class GridAcceptance(Base):
    """定格认责: support unit, community or officer of a grid accepted its duty, in their own name.

    It ends when somebody else is named; who accepted what and when stays known.
    """

    __tablename__ = "grid_acceptances"
    __table_args__ = (
        CheckConstraint("part IN ('support_unit', 'community', 'officer')", name="part"),
        CheckConstraint("(user_id IS NULL) <> (unit_id IS NULL)", name="one_subject"),
        # each part of a grid is accepted once, until it ends
        Index(
            "uq_grid_acceptances_current",
            "grid_id",
            "part",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    grid_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("grids.id", ondelete="CASCADE"))
    part: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    """For whom: the support unit, the community, or the officer."""
    accepted_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class PointDeclaration(Base):
    """点位申报表: one version of the list of points the town declared, as its file said."""

    __tablename__ = "point_declarations"
    __table_args__ = (UniqueConstraint("town_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    number: Mapped[int]
    """1, 2, 3 …: the version. The highest is in force."""
    label: Mapped[str] = mapped_column(String(120), default="")
    source_name: Mapped[str] = mapped_column(String(200), default="")
    source_sha256: Mapped[str] = mapped_column(String(64))
    declared_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    declared_at: Mapped[datetime] = mapped_column(default=now)


class DeclaredPoint(Base):
    """A row of a declaration. By its code it finds the point that is looked after, or says that there is none."""

    __tablename__ = "declared_points"

    declaration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("point_declarations.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    type_code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200), default="")
    is_key: Mapped[bool] = mapped_column(default=False)
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("units.id"))


class UnitPair(Base):
    """结对共创: a village paired with a neighbourhood committee for a campaign.

    Kept from both sides, so that the database itself holds each unit to one pair a campaign.
    """

    __tablename__ = "paired_units"
    __table_args__ = (
        UniqueConstraint("campaign_id", "partner_id"),
        CheckConstraint("unit_id <> partner_id", name="two"),
    )

    campaign_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), primary_key=True)
    partner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))


class Frontage(Base):
    """门前五包: a shop, who keeps it, and which of the five duties before its door it signed for."""

    __tablename__ = "frontages"
    __table_args__ = (
        UniqueConstraint("town_id", "code"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="position"),
        CheckConstraint("reach_m BETWEEN 1 AND 200", name="reach"),
        # what lies around a case is asked for with every look at the desk
        Index("ix_frontages_place", "town_id", "lat", "lon"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=public_id)
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    lon: Mapped[float]
    lat: Mapped[float]
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Position and crs as received, where it was not WGS-84."""
    reach_m: Mapped[int] = mapped_column(default=15)
    """So far from its position a case lies before its door."""
    point_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("points.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"), index=True)
    """The community or unit that keeps the entry."""
    owner_name: Mapped[str] = mapped_column(String(60), default="")
    owner_phone: Mapped[str] = mapped_column(String(40), default="")
    duties: Mapped[list[str]] = mapped_column(default=list)
    signed_on: Mapped[date | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

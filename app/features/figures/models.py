"""Figures as they were: kept for documents that quote them (trap b); and what a town counts in which that takes its time."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class FigureSnapshot(Base):
    """One page of figures of a whole campaign's town. Of a day that is over it does not change any more."""

    __tablename__ = "figure_snapshots"

    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    page: Mapped[str] = mapped_column(String(24), primary_key=True)
    """metrics, metrics:unit, metrics:category, ..."""
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    """campaign."""
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    as_of: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class FigureColumn(Base):
    """One property of all cases of a large town, oldest first: written by columns.py, read by kept.py."""

    __tablename__ = "figure_columns"

    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    """unit, point, ..., measures, took: one code a case; about, trend, rounds; and sums ready made: campaign:unit."""
    as_of: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)

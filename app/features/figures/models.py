"""Figures as they were: kept for documents that quote them (trap b), and for towns in which counting takes its time."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class FigureSnapshot(Base):
    """One page of figures of a whole campaign's town. Of a day that is over it does not change any more."""

    __tablename__ = "figure_snapshots"

    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    page: Mapped[str] = mapped_column(String(24), primary_key=True)
    """overview, metrics, metrics:unit, metrics:category, metrics:handling_class, metrics:source."""
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    """1, 7, 30, 90 (days), phase, campaign."""
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    as_of: Mapped[datetime]
    body: Mapped[dict[str, Any]]

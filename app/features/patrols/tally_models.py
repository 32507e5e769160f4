"""What is counted on a patrol without a name and without a case: on the way, and at places."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.features.patrols.models import part_of


class _Counted:
    """How often somebody was dissuaded, or something handed out. Nobody is named, no case arises (Z36)."""

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    count: Mapped[int]
    town_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("units.id"))
    local_on: Mapped[date]


_COUNTED = ("kind IN ('dissuasion', 'publicity')", "kind"), ("count > 0", "count")
_BY_DAY = ("town_id", "local_on", "kind", "code")


class Tally(_Counted, Base):
    """On the way, between the places of a patrol."""

    __tablename__ = "patrol_tallies"
    __table_args__ = (
        *(CheckConstraint(rule, name=name) for rule, name in _COUNTED),
        Index("ix_patrol_tallies_town", *_BY_DAY),
    )

    patrol_id: Mapped[uuid.UUID] = part_of("patrols.id")


class VisitTally(_Counted, Base):
    """At the place of a visit."""

    __tablename__ = "visit_tallies"
    __table_args__ = (
        *(CheckConstraint(rule, name=name) for rule, name in _COUNTED),
        Index("ix_visit_tallies_town", *_BY_DAY),
    )

    visit_id: Mapped[uuid.UUID] = part_of("visits.id")

"""The demo's shops: some at each street, alley and market, most of them signed for all five duties. No telephone number can be real."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.features.issues.models import Issue
from app.features.places import frontages
from app.features.places.frontage_schemas import DUTIES, FrontageIn
from app.features.places.models import Point
from app.features.places.schemas import PositionIn

KINDS = ("SHOPST", "MARKET", "ROAD", "ALLEY", "HOTEL", "BUS")
SHOPS = (
    ("汀兰面馆", "Tinglan Noodles"), ("早点铺", "Breakfast Corner"), ("好邻便利店", "Good Neighbour Store"),
    ("阿秀水果", "Axiu Fruit"), ("快修五金", "Hardware and Repairs"), ("清水洗衣", "Clear Water Laundry"),
    ("小满茶铺", "Xiaoman Tea"), ("同心药房", "Tongxin Pharmacy"), ("家家粮油", "Grain and Oil"),
    ("车行老周", "Zhou's Bicycles"), ("云朵理发", "Cloud Barber"), ("晨光文具", "Morning Stationery"),
    ("鲜又多", "Fresh and More"), ("巷口小吃", "Alley Snacks"), ("新绿花店", "New Green Flowers"), ("百味熟食", "Cooked Foods"),
)  # fmt: skip
OWNERS = "甲乙丙丁戊己庚辛"
ASIDE = 0.00025
"""Degrees to either side of the point: some 25 metres."""
REACH_M = 60


def open_shops(session: Session, at: datetime) -> None:
    """Two at each such point, on either side of it."""
    points = session.scalars(select(Point).where(Point.type_code.in_(KINDS)).order_by(Point.code)).all()
    doors = [(point, side) for point in points for side in (1, -1)]
    for number, (point, side) in enumerate(doors):
        zh, en = SHOPS[number % len(SHOPS)]
        signed = None if number % 5 == 4 else (at - timedelta(days=20 + 9 * number)).date()
        frontages.put(
            session,
            point.town_id,
            FrontageIn(
                code=f"S{number + 1:03d}", name_zh=zh, name_en=en, address=point.address, reach_m=REACH_M,
                position=PositionIn(lon=point.lon + side * ASIDE, lat=point.lat + side * ASIDE / 2),
                point_id=point.id, unit_id=point.territory_id, owner_name=f"{OWNERS[number % len(OWNERS)]}经理",
                owner_phone=f"000-0000-{number:04d}", duties=list(DUTIES[: 3 + number % 3]), signed_on=signed,
            ),
        )  # fmt: skip
    session.flush()


def before(session: Session, issue: Issue) -> str | None:
    """The shop before whose door a case lies: the one the demo's desk names."""
    near = frontages.around(session, issue.town_id, issue.lon, issue.lat, issue.accuracy_m)
    return str(near[0][0].id) if near else None

"""The demo's ledgers: ten key tasks under way, information asked of units, requests to departments, one petition."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.core.clock import frozen
from app.demo.settle import Settled
from app.features.identity.models import User
from app.features.identity.viewer import Viewer, load_viewer
from app.features.ledgers import information, leads, petitions, requests, tasks
from app.features.ledgers.schemas import (
    AnswerIn,
    DepartmentRequestIn,
    InfoCallIn,
    InfoReportIn,
    KeyTaskIn,
    KeyTaskPut,
    LeadChannel,
    LeadFileIn,
    LeadIn,
    PetitionIn,
    ProgressIn,
)

OFFICE = "u.office1"
TASKS = (
    ("老旧小区楼道清理", "逐栋清一遍，堆物当天清走，两周后回头看", 0, 12, ((40, "已清 18 栋"), (70, "已清 31 栋，余 13 栋"))),
    ("非机动车停放整治", "补划停车线，早晚高峰有人引导", 1, 20, ((35, "三条路已划线"),)),
    ("菜市场周边秩序", "定人定时，占道经营劝离", 2, -2, ((60, "早市有人值守，晚市还缺人"),)),
    ("背街小巷路面修补", "破损路面登记造册，分批修", 3, 30, ((20, "登记 46 处，修好 9 处"),)),
    ("公益广告更新", "破损褪色的换新", 4, 5, ((50, "换了一半"), (100, "全部换完，照片已交"))),
    ("绿化带补种", "黄土裸露的补种，垃圾清出", 5, 25, ()),
    ("飞线充电清零", "装充电棚，收线入户宣传", 6, 15, ((45, "两个小区装好充电棚"),)),
    ("工地围挡和扬尘", "围挡完整，出口冲洗", 7, 10, ((80, "三家工地全部整改"),)),
    ("门前五包签约", "沿街商户全部签责任书", 8, 18, ((55, "已签 12 家"),)),
    ("志愿者集中培训", "每支队伍一次", 9, -6, ((100, "四场，到 212 人"),)),
)  # fmt: skip
"""What, how, whose, due in so many days, what was said of it."""
REQUESTS = (
    ("d05", "请协助核定兰溪路占道设摊的疏导点", 6, "已与市场公司商定，周五前划出 12 个摊位。"),
    ("d03", "请答复背街小巷窨井盖更换的权属", 2, ""),
)
"""Whom, what, so many days ago, the answer."""
LEADS: tuple[tuple[LeadChannel, str, str, int, str], ...] = (
    ("community_app", "SQT-20261122-07", "兰溪苑东门口垃圾桶旁堆了袋装垃圾", 26, "ENV-01"),
    ("weibo", "WB-8841", "早高峰汀兰大道非机动车停到盲道上", 5, ""),
    ("we_media", "TL-1123", "荷塘路一处井盖松动", 2, ""),
)
"""Channel, what it calls it, what was said, so many hours ago, and the kind of case that it became."""
INFORMATION = (
    ("上旬信息：楼道清理做法", "一条做法，附前后对比", -12, 1.0),
    ("下旬信息：文明停车", "本单位两条做法、一个难点", 3, 0.45),
)


def keep_ledgers(session: Session, settled: Settled, at: datetime) -> None:
    """As if the office had kept them for two weeks."""
    office = load_viewer(session, session.get_one(User, settled.users[OFFICE]))
    liaisons = [
        load_viewer(session, session.get_one(User, settled.users[login]))
        for login in sorted(settled.users)
        if login.endswith(".lia")
    ]
    _tasks(session, office, liaisons, at)
    _information(session, office, liaisons, at)
    _requests(session, settled, office, at)
    with frozen(at):
        first = (at - timedelta(days=33)).date()
        town = office.town_id or settled.units["C01"]
        petitions.record(
            session,
            office,
            town,
            PetitionIn(received_on=first, subject="反映工地夜间施工", unit_id=settled.units["C01"]),
        )
        for channel, ref, text, hours, category in LEADS:
            body = LeadIn(channel=channel, ref=ref, text=text, received_at=at - timedelta(hours=hours))
            lead = leads.register(session, office, town, body)
            if category:
                leads.file(
                    session, office, lead.id, LeadFileIn(category=category, point_id=settled.points["K01"])
                )
    session.flush()


def _tasks(session: Session, office: Viewer, liaisons: list[Viewer], at: datetime) -> None:
    if office.town_id is None:
        raise AssertionError("the office belongs to the town")
    for title, measure, whose, days, said in TASKS:
        owner = liaisons[whose % len(liaisons)]
        body = KeyTaskIn(
            title=title, measure=measure, unit_id=owner.unit_id, person_id=owner.user_id,
            due_on=(at + timedelta(days=days)).date(),
        )  # fmt: skip
        with frozen(at - timedelta(days=14)):
            task = tasks.add(session, office, office.town_id, body)
        for number, (percent, text) in enumerate(said):
            with frozen(at - timedelta(days=9 - 4 * number, hours=whose)):
                tasks.report(session, owner, task.id, ProgressIn(percent=percent, text=text))
        if title.endswith("培训"):
            with frozen(at - timedelta(days=3)):
                done = KeyTaskPut(**body.model_dump(), state="done")
                tasks.change(session, office, task.id, done, task.version)


def _information(session: Session, office: Viewer, liaisons: list[Viewer], at: datetime) -> None:
    for title, wanted, days, share in INFORMATION:
        asked = InfoCallIn(
            title=title, wanted=wanted, due_on=(at + timedelta(days=days)).date(),
            unit_ids=list(dict.fromkeys(one.unit_id for one in liaisons)),
        )  # fmt: skip
        with frozen(at + timedelta(days=min(days, 0) - 7)):
            call = information.ask(session, office, office.town_id or office.unit_id, asked)
        answering = {one.unit_id: one for one in liaisons}
        quick = list(answering.values())[: max(1, int(len(answering) * share) - 2)]
        for number, liaison in enumerate(quick):
            with frozen(min(at, at + timedelta(days=min(days, 0) - 2, minutes=37 * number))):
                text = InfoReportIn(text="楼组长每天看一遍，拍照留底；同类问题比上月少一半。")
                information.hand_in(session, liaison, call.id, liaison.unit_id, text)


def _requests(session: Session, settled: Settled, office: Viewer, at: datetime) -> None:
    for code, text, days, said in REQUESTS:
        unit_id, login = settled.units[code.upper()], f"u.{code}.lia"
        with frozen(at - timedelta(days=days)):
            body = DepartmentRequestIn(unit_id=unit_id, text=text, due_on=(at + timedelta(days=1)).date())
            asked = requests.ask(session, office, office.town_id or unit_id, body)
        if said:
            liaison = load_viewer(session, session.get_one(User, settled.users[login]))
            with frozen(at - timedelta(days=days - 2)):
                requests.answer(session, liaison, asked.id, AnswerIn(answer=said))

export const zh = {
  title: '值守', choose: '看哪一项',
  tab: { day: '当日', points: '点位', roll: '点名', calls: '出动', trainings: '培训' },
  kind: { patrol: '巡查', stationing: '驻守', secondment: '下沉', service: '志愿服务', emergency: '应急值守' },
  duty: { patrol: '巡查', report: '上报', clean: '保洁', dissuade: '劝导', guide: '引导', publicity: '宣传', traffic: '交通', standby: '待命' },
  state: { absent: '缺岗', late: '迟到', present: '在岗', planned: '未到时间', left: '已离岗' },
  around: '周边', at: '{from}–{to}', today: '今天', tomorrow: '明天',
  mine: {
    title: '今日值守', begin: '上岗', end: '离岗', open: '看这一班', next: '下一班', since: '{at} 上岗', until: '{at} 离岗', mayAt: '{at} 起可以上岗', absent: '应在 {at} 上岗',
    saved: '已记下上岗', ended: '已记下离岗', waiting: '在手机里，联网就传', locating: '正在看位置…', training: '还差培训：{topics}。先参加，再上岗。', parked: '没能上岗：{why}',
    duties: '这一班要做', place: '在哪里', note: '说明', empty: '这两天没有你的班', emptyText: '排了班，这里就能上岗。', others: '其他班次', sure: '现在离岗？', sureText: '这一班到 {at} 结束。', stay: '再等等',
    calls: { n: '{n} 次出动等你' },
  },
  day: {
    pick: '日期', before: '前一天', after: '后一天', unit: '单位', all: '全部单位', standby: '{name} {from} 至 {to}', noStandby: '不在迎检保障期', rostered: '应到', people: '{n} 人',
    empty: '这一天没有排班', emptyText: '排一班，或在设置里导入花名册。', emptyUnit: '你看得到的人这一天没有排班。', more: '还有 {n} 班没有列出，请按单位看', add: '排班', period: '保障期', export: '导入花名册',
    roll: '点名到岗', far: '离岗位 {d}', in: '{at} 到', out: '{at} 离', late: '迟到', change: '取消这一班', changeSure: '取消 {name} 的这一班？', removed: '已取消', keep: '留着',
    teams: '应急队伍', teamIdle: '没有人在岗', teamN: '{n} 人在岗', teamsWarn: '保障期里有 {n} 支应急队没有人在岗', phone: '值班电话 {n}',
  },
  add: { title: '排班', people: '人员', find: '按名字找人', none: '还没有选人', pick: '加入', from: '从', until: '到', starts: '开始', ends: '结束', endsHint: '不晚于开始的，算到第二天', kind: '做什么', where: '在哪里', point: '点位', grid: '网格', unit: '单位', around: '在点位周边', duties: '一岗多责', team: '队伍', noTeam: '不属于队伍', note: '说明', save: '排上', saved: { n: '排了 {n} 班' }, remove: '移走 {name}', clock: '写成 08:00', taken: '有人在这个时间已经排了别的班：{names}' },
  period: { title: '迎检保障期', name: '名称', nameEn: '英文名称', from: '从', until: '到', save: '保存', saved: '已保存', none: '还没有保障期', new: '新的保障期', order: '结束不能早于开始' },
  points: {
    now: '现在 {at}，{n} / {d} 个点位有人', byPlan: '按花名册，{n} / {d} 个点位有人', all: '点位', key: '重点点位', there: '在点位 {n} 人', around: '周边 {n} 人', absent: '{n} 人缺岗', nobody: '没有人', planned: '排了 {n} 班', notPlanned: '没有排班', asked: '回潮后请 {n} 名志愿者驻守',
    only: '只看没有人的', empty: '每个点位都有人', emptyText: '到了缺岗的时候，这里会列出来。', map: '没有人的点位', view: '地图或清单', list: '清单', asMap: '地图',
  },
  roll: { area: '片区', mine: '我包干的点位', last: '上次点名 {at}', never: '今天还没有点名', present: '到', absent: '缺', save: '点名完毕', saved: '点名已记下：到 {n}，缺 {m}', empty: '这个片区今天没有驻守人员', emptyText: '换一个片区看看。', count: '到 {n} / {d}', keep: '点名在手机里，联网就传', mark: '{name} 到没到', unmarked: '还有 {n} 人没有点' },
  calls: {
    empty: '没有出动', emptyText: '保障期里有紧急问题，会叫应急队伍出动。', arrived: '到场', done: '处置完毕', withdraw: '不用去了', withdrawSure: '撤回这次出动？', withdrawText: '队伍不用再去。', pick: '派哪支队伍', change: '换队伍', picked: '已派出', noTeam: '还没有队伍，请选一支', onDuty: '{n} 人在岗',
    state: { called: '去的路上', arrived: '已到场', done: '已处置', withdrawn: '已撤回' }, why: { area: '按片区', nearest: '离得最近', only: '只有这队在岗', picked: '创文办选的' },
    calledAt: '{at} 叫出', minutes: '{n} 分钟', took: '{n} 分钟到场', sofar: '已过 {n} 分钟', figure: '到场用时', median: '中位 {m} 分钟，九成在 {p} 分钟内', noMedian: '还没有到场的', counts: '近 {days} 天叫出 {d} 次，到场 {n} 次', case: '看案件', what: '做了什么（可以不写）', saidArrived: '已记下到场', saidDone: '已记下处置完毕', map: '问题在哪里', phone: '打给队伍', open: '还在办', past: '以前的', no: '编号 {no}', byRule: '按规则', waiting: '在手机里，联网就传',
  },
  trainings: { empty: '还没有培训', emptyText: '记下谁参加了哪次培训，就能要求培训后才上岗。', record: '记一次培训', topic: '主题', on: '日期', people: '参加的人', saved: '已记下', required: '上岗前必须', reached: { n: '{n} 人参加过' }, came: { n: '{n} 人参加' }, sum: '合计 {n} 人次', sessions: '场次', topics: '按主题', find: '按名字找人', gate: '在设置的创建活动里定哪些主题上岗前必须参加' },
}

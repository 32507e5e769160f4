/** What a page is called in the browser's tab and history, by route name. Small, because it is loaded before any page. */
export const zh = {
  home: '今天', capture: '拍照上报', outbox: '未上传', reports: '我的上报', report: '上报详情', orders: '整改单', order: '整改单', 'order-after': '拍整改后',
  patrols: '巡访', patrol: '巡访', 'on-site': '现场办公', 'patrol-end': '结束巡访', visit: '看点位',
  point: '点位', duty: '责任',
  account: '我的', inbox: '消息', security: '登录与安全', invite: '邀请新人', away: '请人代班', 'sign-in': '登录', join: '加入巡访',
  triage: '受理', review: '复核', cases: '案件', case: '案件', leader: '一览', 'leader-figures': '指标', 'look-backs': '回头看', 'leader-wall': '挂图', admin: '设置', rosters: '值守', shift: '今日值守', 'call-outs': '出动', daily: '日表', 'daily-sheet': '日表', documents: '文书', document: '文书', ledgers: '台账', cross: '咬尾巴', 'cross-task': '逐项检查', 'cross-take': '拍问题', 'cross-findings': '问题清单', 'cross-five': '五问', 'cross-rounds': '咬尾巴轮次', 'cross-round': '咬尾巴轮次', missing: '没有这一页',
}

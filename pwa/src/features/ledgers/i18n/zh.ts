export const zh = {
  title: '台账', choose: '看哪一本', tab: { tasks: '重点任务', information: '信息报送', requests: '协调请求', leads: '线索', petitions: '信访' },
  unit: '责任单位', person: '责任人', anyone: '联络员和主要负责人', dueOn: '期限', by: '{day} 前', late: '已过期限', showAll: '全部记录 {n} 条', caseNo: '案件 {no}',
  task: {
    add: '加一项任务', change: '修改', empty: '还没有重点任务', emptyText: '每项任务写明谁负责、什么时候完成。', emptyOwner: '没有要你负责的任务。', no: '第 {n} 项', name: '任务', measure: '怎么做', state: '办到哪一步', states: { open: '进行中', done: '已完成', dropped: '不再做' },
    waits: '责任人说完成了，等你确认', waiting: '等创文办确认', report: '报进展', percent: '完成了百分之几', text: '做了什么', percentN: '{n}%', ended: '{day} 结束', done: '已完成', lateN: '过了期限', nothing: '还没有报进展', latest: '{at} {by}', bar: '完成 {n}%',
  },
  info: {
    ask: '要一次信息', empty: '还没有要过信息', emptyText: '写明要什么、哪天前交，没交的单位会列出来。', emptyUnit: '没有要你们交的信息。', name: '标题', wanted: '要什么', units: '哪些单位', unitsHint: '不选就是全部有人负责的单位', asked: '交了', missing: '没交', none: '都交了', handIn: '交信息', correct: '修改', text: '内容', at: '{at} 交 {by}', isLate: '晚交', again: '再要一次', over: '已到期',
  },
  request: { ask: '请部门协调', empty: '还没有协调请求', emptyText: '写明请哪个部门、办什么。', emptyUnit: '没有请你们协调的事。', department: '部门', text: '请办什么', issue: '哪一件案件（编号）', issueHint: '可以不填', noIssue: '没有这个编号的案件', answer: '答复', change: '修改答复', askedAt: '{at} {by} 提出', answeredAt: '{at} {by} 答复', waiting: '等答复', open: '等答复' },
  lead: {
    register: '登记线索', empty: '还没有线索', emptyText: '社区通、自媒体、微博上看到的，登记渠道和链接，再立案或答复。', channel: '渠道', all: '全部渠道', channels: { community_app: '社区通', we_media: '自媒体', weibo: '微博', wechat: '微信', short_video: '短视频', news: '新闻媒体', mailbox: '网上信箱', hotline: '热线', other: '其他' },
    ref: '编号', refHint: '没有编号就填链接，两个至少填一个', needOne: '编号和链接，填一个', link: '链接', linkHint: 'http 或 https 开头', badLink: '链接要以 http:// 或 https:// 开头', text: '说了什么', textHint: '只写事情和地方，不写姓名和电话', at: '收到时间', file: '立案', fileHint: '立案只有一次；核实后再派单', category: '类别', point: '点位', description: '描述', answer: '答复', answered: '答复：{text}', open: '还没处理 {n} 条', openLink: '打开链接', received: '{at} 收到', waits: '待处理', onlyOpen: '只看待处理',
  },
  petition: { record: '登记一件', empty: '这段时间没有信访', count: '信访数（M37）', countHint: '近 {n} 天，不含划去的', on: '收到日期', subject: '反映什么', subjectHint: '只写事情和地方，不写姓名、电话和住址', unit: '涉及单位', point: '涉及点位', strike: '划去', strikeWhy: '为什么划去', struck: '已划去：{why}', days: '看多久', inDays: '近 {n} 天' },
}

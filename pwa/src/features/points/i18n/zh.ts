export const zh = {
  title: '责任', print: '打印', xlsx: '导出表格', none: '没有', today: '今天', noName: '还没有人', all: '全部',
  tab: { table: '点位包干', grids: '网格认责', declared: '申报点位', shops: '门前五包', pairs: '结对' },
  tabs: '责任的部分',
  point: {
    one: '点位', key: '重点点位', notPoint: '非点位', off: '已停用', profile: '标准', profiles: { sit_on_the_ground: '席地而坐' },
    who: '谁负责', open: '未办结', around: '周边', aroundHint: '点位以外、{m} 米以内的小区、背街小巷和道路', noOpen: '点位上没有你能看到的未办结问题', noAround: '周边没有你能看到的未办结问题', cases: '问题', overdue: '超期 {n}', more: '还有 {n} 件，到案件里看',
    items: '检查要求', version: '标准版本 {version}', noItems: '这类点位还没有检查要求', itemsN: '{n} 项', since: '{from} 起', until: '到 {until}', where: '在哪里', address: '地址', grid: '网格', territory: '属地', type: '类型', map: '点位地图', report: '拍照上报',
    clean: '没有问题', score: '{n} 分', visits: '最近巡访', noVisits: '没有你能看到的巡访', duty: '值守', there: '在岗 {n} / {d}', seconded: '下沉', span: '{from} 至 {until}', unit: '责任单位', support: '帮包单位', chief: '点位长',
  },
  kind: { leader_area: '领导包片巡查', department: '部门巡查', self_check: '自查', watch: '一日三查', citizen_patrol: '市民巡访', third_party_grid: '第三方检查', video: '视频巡查', follow_up: '回头看', fixed_time_point: '定时定点', supervision: '督查', daily: '日常巡查', baseline: '摸底', special: '专项巡查', key_point: '重点点位巡查' },
  role: { area_leader: '包干领导', point_chief: '点位长', adopter: '认领单位', support: '帮包单位', stationed: '驻守单位' },
  method: { observe: '看', count: '数', ask: '问', measure: '量' },
  table: {
    point: '点位', type: '类型', territory: '属地', leader: '包干领导', chief: '点位长', unit: '责任单位', support: '帮包单位', phone: '电话', duty: '职责', milestone: '节点', measure: '措施', missing: '未齐',
    keyCover: '重点点位包干', cover: '全部点位包干', leaders: '领导都有点位', load: '人均 {n} 个重点点位', complete: '四项齐全', completeHint: '区域、职责、节点、措施', adoption: '{type}认领', adoptionText: '{n} / {d} 恰好一个单位认领', adoptionNone: '没人认领：{codes}', adoptionSeveral: '不止一个：{codes}', adoptionTimes: '签到 {n} 人次', idle: '还没有点位的领导：{names}',
    on: '哪一天', filter: '看哪些', only: { all: '全部', key: '重点', missing: '未齐' }, empty: '没有这样的点位', miss: { leader: '缺包干领导', duty: '缺职责', milestone: '缺节点', measure: '缺措施' }, ok: '齐全', printed: '点位包干分工表，{day}，{n} 个点位', stationed: '驻守', adopter: '认领',
  },
  grid: {
    full: '认责到位', named: '已定人', accepted: '已认责', part: { support_unit: '帮包单位', community: '社区', officer: '网格员' }, accept: '认责', acceptFor: '{part}认责', acceptAsk: '认下 {grid} 的责任？', acceptText: '以{name}的名义。谁、什么时候认的，会写下来。', done: '已认责', wait: '等认责', nobody: '还没有指定', at: '{at} {by}', mine: '我的网格', others: '全部网格', empty: '没有网格', noMine: '没有要你认责的网格',
    levels: '分级响应', level: '第 {n} 级', levelHint: { 1: '一般', 2: '紧急', 3: '疑难' }, tier: { officer: '网格员', support_unit: '帮包单位', community: '社区', town: '街镇', departments: '部门', 'town+departments': '街镇和部门' }, area: '{n} 平方米', grid: '网格', check: '检查边界', checked: '检查过了：{grids} 个网格，{points} 个点位', checkOk: '没有重叠，没有空洞，每个点位都在一个网格里', overlaps: '重叠', holes: '空洞', outside: '不在网格里的点位', several: '在几个网格里的点位', m2: '{n} 平方米',
  },
  declared: {
    version: '第 {n} 版', choose: '哪一版', points: '点位', key: '重点', missing: '还没有建点位', source: '{file} · {at} {by}', empty: '还没有申报表', emptyText: '在设置的“导入”里传一份申报表，就是第一版。', importNow: '去导入', byType: '按类型', changes: '比上一版', added: '新增 {n}', removed: '取消 {n}', changed: '改动 {n}', same: '和上一版一样', code: '编号', name: '名称', type: '类型', address: '地址', unit: '单位', has: '已建点位', hasNot: '没有点位', inArea: '只看一片区域', area: '区域', areaHint: '在地图上点出这片区域的角，至少三个', areaClear: '不限区域', areaN: '{n} 个角', onlyMissing: '只看没建的', field: { type_code: '类型', name_zh: '名称', address: '地址', is_key: '重点', lon: '经度', lat: '纬度', unit_id: '单位' },
  },
  shop: {
    empty: '还没有商户', emptyText: '在这里加一家，或在设置的“导入”里传一张表。', shops: '商户', signed: '签了责任书', cases: '记到商户的问题', casesHint: '半年内，派单时记的', chronic: '反复发生', chronicHint: '半年内 {n} 次以上', add: '加一家店', edit: '修改', onlyUnsigned: '只看没签的', search: '店名、编号或地址', importNow: '导入表格', worst: '门前反复的店', times: '{n} 次（{cases} 件，回潮 {relapses}），未办结 {open}', last: '最近 {day}', again: '反复', signedOn: '{day} 签', notSigned: '没签', owner: '经营者', phone: '电话', call: '看号码', saved: '已保存', save: '保存', cancel: '取消', more: '更多', noPhone: '没有留号码',
    duties: '包什么', duty: { hygiene: '卫生', greenery: '绿化', order: '秩序', facilities: '设施', dissuasion: '劝阻' }, here: '门前五包', none: '点位上没有登记的商户',
    f: { code: '编号', zh: '店名', en: '英文名', address: '地址', point: '点位', pointHint: '不选就按位置', unit: '管理单位', lon: '经度', lat: '纬度', reach: '门前范围（米）', owner: '经营者', phone: '电话', phoneHint: '号码只显示后四位；留空不改', signed: '签订日期', active: '在营业', ownerClear: '去掉经营者和电话' },
  },
  pair: { empty: '这个创建活动还没有结对', emptyText: '村和居委会两两结对，互相帮着看、帮着改。', edit: '改结对', a: '村', b: '居委会', alone: '还没有结对：{names}', add: '加一对', remove: '去掉这一对', save: '保存', cancel: '取消', saved: '已保存', twice: '每个单位只能在一对里', partner: '结对单位 {name}', open: '未办结 {n}', overdue: '超期 {n}', none: '没有未办结的问题', noPlace: '不在点位上' },
}

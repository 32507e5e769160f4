export const zh = {
  title: '咬尾巴',
  envelope: {
    sealed: '检查对象还没揭晓', hours: '{from}–{until}', maybe: '今天这段时间可能有任务，也可能没有', notYet: '还没揭晓',
    rules: '三不', before: '查前', beforeText: '不通风报信', during: '查中', duringText: '不手下留情，记下的不能删', after: '查后', afterText: '不遗漏上报',
    logged: '每次查看都有记录。对方单位看不到本页。',
    lots: '今天的签', lotsIn: '你的手机已给今天的签加了一个随机数。', lotsWaiting: '随机数在手机里，联网就送去。', seal: '封条', sealText: '揭晓以后，谁都可以用它核对抽签没有被动过。',
    mine: '手机的随机数', nonceLabel: '今天的签', offline: '没有网络时打不开信封', opened: '揭晓了', target: '检查 {name}', when: '{start} 开始 · {code}', go: '开始检查', goOn: '接着查', done: '已提交', forward: '正向', reverse: '反向',
    members: '我的队员', seen: '已看到', notSeen: '还没看', captain: '组长', past: '以往的轮次',
  },
  task: {
    sub: '{code} · {at} 揭晓', five: '五问 {n}/5', points: '点位', progress: '已查 {n} 项，共 {total} 项', na: '不适用', list: '问题清单', n: '{n} 件', shoot: '拍问题', locked: '已记下，不能删', notShot: '还没拍照', shootNow: '拍下来',
    softer: '已经记下，只能改得更重', finish: '这个点位查完了', finishHint: '查完以后只能改得更重', excuse: '查不了', excuseTitle: '这个点位为什么查不了', excused: '没有查：{why}', excuseSave: '记下原因', why: { closed: '关着门', works: '正在施工', unsafe: '不安全', gone: '点位已不在' },
    doneHere: '这个点位查完了', next: '下一个：{name}', noItems: '这个点位没有检查项，去看一看就行', visited: '看过了', verify: '回查 {n}/{total}', earlier: '这里原有 {n} 件没结的', gone: '这一轮不在手机里',
    label: '{point} 检查表',
  },
  take: {
    title: '拍问题', hint: '一张全景，一张放大镜近景', more: '再拍一张', next: '下一步', close: '关闭', confirm: '记下问题', nature: '轻重', ordinary: '一般', difficult: '疑难', urgent: '紧急', sentence: '一句话', optional: '可不写', save: '记下', forGood: '记下以后不能删、不能改轻',
    needPhoto: '先拍一张照片', needCategory: '选一个问题类别', leave: '不记了吗', leaveText: '拍的 {n} 张照片会从手机里删掉。', leaveOk: '不记了', stay: '接着记', saved: '已记下', only: '只有一张，再来一张近景更有力', full: '手机放不下了', fullText: '清出一些空间再拍，已拍的都在。', verify: '回查', solved: '已解决', not_solved: '没解决', relapsed: '又回潮', result: '现在怎么样', needResult: '选一个结果', noteLabel: '说明', point: '点位',
  },
  findings: {
    title: '问题清单', mine: '本轮记下', empty: '还没有记下问题', emptyText: '不符合的项会自动打开相机', add: '补充', addTitle: '补充说明', addText: '原来记下的不变，补充写在后面。', text: '补充内容', graver: '改成更重', keep: '不变', save: '补充上去', added: '补充：{text}', earlier: '原有没结的', waiting: '在手机里，联网就传', parked: '没送到，去看一下', verify: '要回查的', open: '待回查',
  },
  five: {
    title: '五问', sub: '{name} · 已答 {n} / 5', asked: '问 {n}', know: '知道 {good} / 问 {n}', content: '满意 {good} / 问 {n}', notMet: '没遇到', again: '再问一位',
    q1: { who: '问保安', ask: '“保安师傅，今年全国文明城市创建复评知道吗？”', notMet: '没遇到保安', yes: '知道', no: '不知道' },
    q2: { who: '问居民', ask: '“居民您好，您对我们小区环境整治满意吗？”', notMet: '没遇到居民' },
    q3: { who: '问自己', ask: '“我们自己小区是否也可以采取同样的办法解决这一类的问题？”', notMet: '没有可学的', yes: '可以', no: '不可以', todo: '回去做什么', due: '什么时候做完', done: '也用，已建待办', doneNo: '不用' },
    q4: { who: '问对方书记', ask: '“书记，这个顽疾问题你们是如何解决的？”', notMet: '没遇到书记', category: '哪类问题', stored: '会存成一条做法', hint: '记要点，一两句就行', label: '书记的回答', done: '已存做法' },
    q5: { who: '问创文办', ask: '“街道文明办，这个你们可否帮忙协调解决一下？”', sends: '写了就发给创文办，成一条协调请求。', want: '要协调', none: '没有', label: '要协调什么', hint: '写清在哪里、要谁来', done: '已写协调请求', doneNone: '没有' },
    scale: { very_satisfied: '很满意', satisfied: '满意', basically_satisfied: '基本满意', dissatisfied: '不满意', very_dissatisfied: '很不满意' },
    save: '记下', mirror: '平面镜', mirrorAsk: '自己小区有没有“{category}”', mirrorText: '找到的每一类，都对照自己。', none: '没有', also_here: '也有', fixed: '有，已改好', mirrorHint: '写“也有”的，放行后自动立一件自己的案子。',
    rating: '互评', ratingText: '给 {name} 打分', items: { environment: '环境', order: '秩序', facilities: '设施', publicity: '宣传', management: '管理' }, remark: '一句评语', ratingDone: '已评 {n} 项',
    lesson: '互学', lessonText: '这次学到什么', lessonHint: '一两句就行', noLesson: '没有，原因是', lessonDone: '已写', lessonNone: '没有：{why}',
    practice: '互鉴', practiceText: '值得借鉴的做法', strength: '对方的亮点', method: '解决办法', adopt: '带回去，建一条自己的待办', due: '什么时候做完', practiceHint: '比如：停车线重新划过', addPractice: '记一条', practices: '已记 {n} 条',
    submit: '提交本轮', short: '还差：{list}', sign: '签字提交', signText: '签字表示：点位都查了，问题都记了，没有遗漏。提交后还能补充，不能撤回。', signOk: '签字提交', cancel: '再看看', submitted: '本轮已提交', submittedText: '等创文办汇总', onlyCaptain: '由组长签字提交', signLabel: '签字提交', refused: '没有提交上：{list}', redo: '补齐后再签',
    miss: { point_not_visited: '点位 {n} 个', item_unanswered: '检查 {n} 项', question_open: '五问 {n} 条', mirror_open: '平面镜 {n} 类', verification_open: '回查 {n} 件', rating_missing: '互评', lesson_missing: '互学', photos_missing: '照片 {n} 张没传', drafts_left: '草稿 {n} 份' },
  },
}

export const zh = {
  app: '巡访',
  nav: '主导航',
  skip: '跳到内容',
  tab: { today: '今天', reports: '我的上报', orders: '待整改', leader: '一览', account: '我的', more: '更多' },
  rail: { triage: '受理', review: '复核', cases: '案件', leader: '一览', cross: '咬尾巴', duty: '责任', patrols: '巡访', rosters: '值守', daily: '日表', documents: '文书', ledgers: '台账', admin: '设置', account: '我的' },
  badge: '{n} 件',
  update: { title: '有新版本', text: '换新版本只要几秒，没传完的照片不受影响。', now: '现在换', later: '以后再说' },
  expired: { title: '需要重新登录', text: '手机里的照片都在。登录后接着传。', now: '登录' },
  lost: { title: '{n} 件没传完的东西不在了', text: '浏览器清掉了它的存储。请到现场重新拍；把巡访装到桌面，可以避免再发生。', seen: '知道了' },
  missing: { title: '没有这个页面', text: '可能已经移走，或者不归你看。', home: '回到首页' },
  crash: { title: '这个页面出了点问题', text: '手机里的照片都在。重新打开这一页试试。', again: '重新打开' },
  chunk: { title: '这一页还没存到手机里', text: '联网后再打开一次，以后没有网也能用。' },
}

export const zh = {
  title: '今天',
  large: '大字',
  largeLabel: '大字模式',
  capture: '拍照上报',
  reports: '我的上报',
  all: '全部',
  empty: '还没有上报',
  emptyText: '看到垃圾乱堆、车子乱停，拍一张就行。别的事我们来办。',
  orders: '{n} 件待整改',
  install: '放到手机桌面，没有网也能打开',
  pending: '等待单位确认。现在就可以拍，确认后一起送到。',
}

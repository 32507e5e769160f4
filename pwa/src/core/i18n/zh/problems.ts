/** A sentence for every problem code of the server: `title` says what, `help` what to do. */
export const zh = {
  offline: { title: '没有网络', help: '连上网就会继续。你填的内容还在。' },
  unknown: { title: '这一步没有成功', help: '你填的内容还在。稍等一下再试。' },
  code: {
    internal: '服务器出了点问题，已经记下来了',
    'not-found': '没有找到，可能已经移走',
    'sign-in-needed': '需要重新登录',
    'not-your-role': '这一步要由别的岗位来做',
    'bad-request': '服务器没看懂这个请求',
    invalid: '有几项还没填对',
    'method-not-allowed': '服务器不接受这种请求',
    'too-large': '文件太大，一张照片最大 20 MB',
    'unsupported-media': '这种文件用不了，请用 JPEG、PNG、WebP 或 HEIC',
    'slow-down': '点得有点快，请稍等一下',
    unavailable: '服务器正忙，马上就好',
    'storage-full': '服务器存满了，已经通知管理员',
    'version-conflict': '别人刚改过，已给你最新的',
  },
}

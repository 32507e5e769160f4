/* Runs before the first paint so that a dark or large-text screen never flashes light. Mirrors core/prefs.ts. */
(function (root) {
  var p = {};
  try { p = JSON.parse(localStorage.getItem('xf.prefs') || '{}'); } catch (e) { p = {}; }
  var dark = p.theme === 'dark' || (p.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  if (p.text === 'large') root.dataset.text = 'large';
  root.lang = p.lang === 'en' ? 'en' : 'zh-CN';
})(document.documentElement);

/** Each language in its own words, whatever the app speaks just now. */
export const LANGS: { value: 'zh' | 'en'; label: string }[] = [{ value: 'zh', label: '中文' }, { value: 'en', label: 'English' }]

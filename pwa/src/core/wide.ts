import { onScopeDispose, ref, type Ref } from 'vue'

/** From 1000 px on there is room for a desk. */
export function useWide(): Ref<boolean> {
  const media = matchMedia('(min-width: 1000px)')
  const wide = ref(media.matches)
  // A sheet of paper is narrow: what is printed is the page as it stands.
  const follow = () => matchMedia('print').matches || (wide.value = media.matches)
  media.addEventListener('change', follow)
  onScopeDispose(() => media.removeEventListener('change', follow))
  return wide
}

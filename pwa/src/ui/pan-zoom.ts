/** Zoom and pan shared by any number of frames, so that two photos move together. Wheel, pinch, drag, keys. */
import { computed, reactive, ref } from 'vue'

const MAX = 8

export function usePanZoom(onSwipe?: (direction: 1 | -1) => void) {
  const view = reactive({ zoom: 1, x: 0, y: 0 })
  const pointers = new Map<number, { x: number; y: number }>()
  let start: { x: number; y: number; spread: number; zoom: number; vx: number; vy: number } | null = null
  const moved = ref(false)

  function clamp(box: { width: number; height: number }) {
    const reach = { x: (box.width * (view.zoom - 1)) / 2, y: (box.height * (view.zoom - 1)) / 2 }
    view.x = Math.min(reach.x, Math.max(-reach.x, view.x))
    view.y = Math.min(reach.y, Math.max(-reach.y, view.y))
  }

  /** Zooms by a factor around a place of the frame (its centre when none is given). */
  function zoomBy(factor: number, frame: HTMLElement | null, at?: { x: number; y: number }) {
    const next = Math.min(MAX, Math.max(1, view.zoom * factor))
    const box = frame?.getBoundingClientRect() ?? { left: 0, top: 0, width: 0, height: 0 }
    const from = at ? { x: at.x - box.left - box.width / 2, y: at.y - box.top - box.height / 2 } : { x: 0, y: 0 }
    const ratio = next / view.zoom
    view.x = from.x - (from.x - view.x) * ratio
    view.y = from.y - (from.y - view.y) * ratio
    view.zoom = next
    clamp(box)
  }
  function reset() {
    Object.assign(view, { zoom: 1, x: 0, y: 0 })
  }

  function middle() {
    const all = [...pointers.values()]
    const x = all.reduce((sum, p) => sum + p.x, 0) / all.length
    const y = all.reduce((sum, p) => sum + p.y, 0) / all.length
    const spread = all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0
    return { x, y, spread }
  }
  function begin() {
    start = pointers.size === 0 ? null : { ...middle(), zoom: view.zoom, vx: view.x, vy: view.y }
  }

  const handlers = {
    onWheel(event: WheelEvent) {
      event.preventDefault()
      zoomBy(Math.exp(-event.deltaY / 300), event.currentTarget as HTMLElement, { x: event.clientX, y: event.clientY })
    },
    onPointerdown(event: PointerEvent) {
      if ((event.target as Element).closest('button, [role=slider]')) return
      ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
      moved.value = false
      begin()
    },
    onPointermove(event: PointerEvent) {
      if (!pointers.has(event.pointerId) || !start) return
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
      const now = middle()
      if (Math.hypot(now.x - start.x, now.y - start.y) > 6) moved.value = true
      if (pointers.size > 1 && start.spread > 0) view.zoom = Math.min(MAX, Math.max(1, (start.zoom * now.spread) / start.spread))
      if (view.zoom === 1) return
      view.x = start.vx + now.x - start.x
      view.y = start.vy + now.y - start.y
      clamp((event.currentTarget as HTMLElement).getBoundingClientRect())
    },
    onPointerup(event: PointerEvent) {
      const from = start
      const was = pointers.get(event.pointerId)
      pointers.delete(event.pointerId)
      const swiped = from && was && view.zoom === 1 && pointers.size === 0 && Math.abs(was.x - from.x) > 60
      if (swiped && Math.abs(was.x - from.x) > 2 * Math.abs(was.y - from.y)) onSwipe?.(was.x < from.x ? 1 : -1)
      begin()
    },
    onPointercancel(event: PointerEvent) {
      pointers.delete(event.pointerId)
      begin()
    },
    onDblclick(event: MouseEvent) {
      if (view.zoom > 1) reset()
      else zoomBy(2.5, event.currentTarget as HTMLElement, { x: event.clientX, y: event.clientY })
    },
  }

  const style = computed(() => ({ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }))
  const label = computed(() => `${view.zoom.toFixed(1)}`)
  return { view, style, label, handlers, zoomBy, reset, moved }
}

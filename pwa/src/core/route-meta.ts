/** What a route says about itself; the shells read it. */
import 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Frame around the page. `adaptive` is a desk from 1000 px on and a phone screen below. */
    shell?: 'mobile' | 'desk' | 'adaptive' | 'bare'
    /** Reachable without a session. */
    open?: boolean
    /** Highlighted entry of the tabs or the rail: the name of that entry's route. */
    nav?: string
    /** Hides the tab bar: capture, confirm, detail screens. */
    noTabs?: boolean
  }
}
export {}

import type { RouteRecordRaw } from 'vue-router'
import HomePage from './HomePage.vue'

// The only page that is not lazy: most people open the app here, and it spares them a round trip.
export const routes: RouteRecordRaw[] = [{ path: '/', name: 'home', component: HomePage, meta: { shell: 'mobile', nav: 'home' } }]

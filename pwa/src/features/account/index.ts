/** 我的: the person, the settings of this phone, devices, messages, invites. */
export { routes } from './routes'

export { openSes } from './port.ts'

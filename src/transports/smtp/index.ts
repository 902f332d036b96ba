export { openSmtp } from './port.ts'

export { openSmtp, type SmtpOptions } from './port.ts'

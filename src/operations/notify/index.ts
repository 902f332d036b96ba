export { type EmailOptions, email } from './email.ts'

export { formatDate } from '../../operations/output/format/time.ts'

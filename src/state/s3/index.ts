export { openS3Spill, type S3SpillOptions } from './spill.ts'

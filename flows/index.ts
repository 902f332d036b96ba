export { listing, listNightly } from './listing.ts'

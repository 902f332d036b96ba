export { formatData } from './data.ts'
export { fold } from './fold.ts'
export { neutralise, neutraliseLine } from './neutralise.ts'
export { formatOutcome } from './outcome.ts'
export { paint, plainStyle, type Style } from './style.ts'
export {
  count,
  type Fate,
  formatStatus,
  formatSummary,
  outcomesIn,
  type Summary,
  someFailed,
  summarize,
} from './summary.ts'
export { tableLines } from './table.ts'
export { formatBytes, formatMilliseconds } from './time.ts'
export { displayWidth, pad, truncate } from './width.ts'

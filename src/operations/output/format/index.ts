export { formatData } from './data.ts'
export { fold } from './fold.ts'
export { neutralise, neutraliseLine } from './neutralise.ts'
export { formatOutcome } from './outcome.ts'
export { paintedTable } from './painted-table.ts'
export { paint, plainStyle, type Style } from './style.ts'
export { subjectOf } from './subject.ts'
export {
  formatStatus,
  formatSummary,
  outcomesIn,
  someFailed,
  summarize,
} from './summary.ts'
export { tableLines } from './table.ts'

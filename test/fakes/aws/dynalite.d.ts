/** What is used of dynalite, which comes without types. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  export default function dynalite(options?: {
    readonly createTableMs?: number
    readonly deleteTableMs?: number
    readonly updateTableMs?: number
  }): Server
}

declare module 'dynalite/validations/index.js' {
  /** Parses the expressions of a request into it, or answers what is wrong with them. */
  export function validateExpressions(data: object): string | undefined
}

declare module 'dynalite/db/index.js' {
  /** Answers an error where the condition that was parsed into a request does not hold. */
  export function checkConditional(data: object, item: object | undefined): Error | null | undefined
  export function itemSize(item: object): number
}

import type { textOf as whole } from '../../../src/operations/agents/function-text.ts'

/**
 * The text of a function that agents are sent stands in the state that sends it. What a bundler makes of it here is sent
 * nowhere, and uses the bundler's own names from around it.
 */
export const textOf: typeof whole = fn => String(fn)

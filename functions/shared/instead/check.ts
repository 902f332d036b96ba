import type { check as whole } from '../../../src/compile/check/check.ts'

/** What is bundled was checked when it was deployed. */
export const check: typeof whole = () => {}

import { reply } from './reply.ts'

export type { Speech } from './reply.ts'

/** What pipelines do with Alexa. */
export const alexa = { reply } as const

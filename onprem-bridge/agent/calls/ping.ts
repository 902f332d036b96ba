import * as z from 'zod'
import { type Handler, handler } from '../call.ts'

/** Answers, and does nothing: a sign of life, and what every other call costs besides its own work. */
export const pingHandler: Handler = handler(z.strictObject({}), async () => null)

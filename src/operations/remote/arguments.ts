import * as z from 'zod'
import { type Duration, toSeconds } from '../../core/duration.ts'
import { ReopsError } from '../../core/errors.ts'
import type { OrRef } from '../../core/ref.ts'

/** A command: a string for the host's own shell as it is, or a program and its arguments, which are quoted. */
export type Command = string | readonly OrRef<string>[]

/** What no command line can carry: NUL, which ends an argument, and what UTF-8 has no bytes for. */
function problemOf(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character, which no argument of a command can hold'
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair, which UTF-8 can not carry'
}

/** Text that a command line can carry. */
export const word = z.string().superRefine((text, context) => {
  const problem = problemOf(text)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

/** A path, on whichever side. */
export const path = word.min(1, 'is empty; name a path')

/** What `Command` is as data. */
export const command = z
  .union([z.string(), z.array(z.string())], {
    error: 'takes a string for the shell of the host, or a list of strings: a program and its arguments',
  })
  .superRefine((value, context) => {
    const words = typeof value === 'string' ? [value.trim()] : value
    const problem = words[0]
      ? words.flatMap(word => problemOf(word) ?? [])[0]
      : 'is empty; name what is to run'
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })

/** An option of a command. It begins with a dash, so that a path can't slip in where flags stand. */
const flag = word.regex(
  /^--?[^-]/,
  'is not a flag: flags begin with a dash, a value is written behind its flag (-m700), and -- is added for you',
)

export const flags = z.array(flag)

/** A length of time, kept as whole seconds. */
export const duration = z.custom<Duration>().transform((value, context) => {
  try {
    return toSeconds(value, 'it')
  } catch (error) {
    if (!(error instanceof ReopsError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
    return z.NEVER
  }
})

/** Environment variables. They show in the host's process list for a moment, so they are no place for secrets. */
export const env = z.record(z.string(), word).superRefine((variables, context) => {
  for (const name of Object.keys(variables).filter(name => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    context.addIssue({
      code: 'custom',
      path: [name],
      message: 'is no name for a variable: it takes letters, digits and underscores',
    })
  }
})

/** The exit statuses that count as done. Only 0 by default, as everywhere in Unix. */
export const ok = z.array(z.int().min(0).max(255)).min(1).default([0])

/** Milliseconds for one host, where the options say so. */
export function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

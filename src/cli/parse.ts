import { parseArgs } from 'node:util'
import { closest } from './closest.ts'
import type { Args, Flag, Flags } from './command.ts'
import { UsageError } from './usage-error.ts'

/**
 * Reads the words behind a command's name. Throws `UsageError`, which suggests the flag that was probably meant.
 *
 * @example
 * parseCommandLine('run', ['listing', '--json'], flags) // { words: ['listing'], flags: { json: true }, … }
 */
export function parseCommandLine(command: string, words: readonly string[], flags: Flags): Args {
  const { tokens } = parseArgs({ args: [...words], options: { ...flags }, strict: false, tokens: true })
  const end = tokens.find(token => token.kind === 'option-terminator')
  const values: Record<string, string | boolean | string[]> = {}
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined
    if (flag === undefined) throw unknown(command, token.rawName, flags)
    const value = readValue(command, token, flag)
    if (flag.multiple) values[token.name] = [...((values[token.name] ?? []) as string[]), value as string]
    else values[token.name] = value
  }
  return {
    flags: values,
    words: tokens.flatMap(token =>
      token.kind === 'positional' && (end === undefined || token.index < end.index) ? [token.value] : [],
    ),
    rest: end && words.slice(end.index + 1),
  }
}

function readValue(
  command: string,
  {
    rawName,
    value,
    inlineValue,
  }: { rawName: string; value: string | undefined; inlineValue: boolean | undefined },
  flag: Flag,
): string | boolean {
  if (flag.type === 'boolean') {
    if (value === undefined) return true
    throw new UsageError(`${rawName} takes no value; write ${rawName} alone`)
  }
  if (value === undefined)
    throw new UsageError(`${rawName} needs a value: ${rawName} ${flag.value}; see reops ${command} --help`)
  // A dash alone is stdin; anything else that begins with one is more likely a flag whose value was forgotten.
  if (inlineValue === false && value.startsWith('-') && value !== '-')
    throw new UsageError(
      `${rawName} needs a value and ${value} follows; write ${rawName}=${value} if it is meant`,
    )
  return value
}

function unknown(command: string, name: string, flags: Flags): UsageError {
  const meant = closest(name.replace(/^-+/, ''), Object.keys(flags))
  return new UsageError(
    `reops ${command} has no flag ${name}; ${meant === undefined ? `see reops ${command} --help` : `did you mean --${meant}?`}`,
  )
}

/** A flag's text, when it was given. */
export function text(args: Args, name: string): string | undefined {
  const value = args.flags[name]
  return typeof value === 'string' ? value : undefined
}

/** All the values of a flag that may stand several times. */
export function texts(args: Args, name: string): readonly string[] {
  const value = args.flags[name]
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : []
}

/** Whether a flag was given. */
export function given(args: Args, name: string): boolean {
  return args.flags[name] === true
}

/** A whole number of a flag, within bounds. */
export function wholeNumber(args: Args, name: string, least: number, most: number): number | undefined {
  const value = text(args, name)
  if (value === undefined) return undefined
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(
    `--${name} is ${JSON.stringify(value)}; it takes a whole number from ${least} to ${most}`,
  )
}

/** Checks how many words there are; `names` are what they stand for. */
export function expectWords(command: string, args: Args, names: readonly string[], optional = 0): void {
  const { words } = args
  if (words.length >= names.length - optional && words.length <= names.length) return
  const extra = words[names.length]
  throw new UsageError(
    extra === undefined
      ? `reops ${command} needs ${names[words.length]}; see reops ${command} --help`
      : `reops ${command} does not know what to do with ${JSON.stringify(extra)}; see reops ${command} --help`,
  )
}

/** Checks that there are as many words as these are for; the last may stand for several. */
export function atLeastWords(command: string, args: Args, names: readonly string[]): void {
  if (args.words.length >= names.length) return
  throw new UsageError(`reops ${command} needs ${names[args.words.length]}; see reops ${command} --help`)
}

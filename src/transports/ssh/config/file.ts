import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import SSHConfig from 'ssh-config'
import { InvalidConfig } from '../../../core/errors.ts'
import { expandHome } from '../options.ts'
import { errnoOf, wordsOf } from '../trouble.ts'

/** One thing that an ssh configuration says, in the file's order. A section holds what applies under its condition. */
export type ConfigItem =
  | {
      readonly kind: 'directive'
      readonly name: string
      readonly values: readonly string[]
      readonly file: string
    }
  | { readonly kind: 'host'; readonly patterns: readonly string[]; readonly items: readonly ConfigItem[] }
  | {
      readonly kind: 'match'
      readonly criteria: Readonly<Record<string, string>>
      readonly items: readonly ConfigItem[]
    }
  | { readonly kind: 'include'; readonly items: readonly ConfigItem[] }

/** OpenSSH stops at the same depth. */
const deepestInclude = 16

type Lines = ReturnType<typeof SSHConfig.parse>
type Line = Lines[number]

/**
 * Reads an ssh configuration file and what it includes. A file that does not exist says nothing; one that
 * can't be read or parsed throws `InvalidConfig`, which names it.
 */
export function readConfigFile(file: string, home: string, depth = 0): readonly ConfigItem[] {
  if (depth > deepestInclude)
    throw invalid(
      file,
      `it is included more than ${deepestInclude} levels deep; look for a file that includes itself`,
    )
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (depth === 0 && errnoOf(error) === 'ENOENT') return []
    throw invalid(file, `it can not be read: ${wordsOf(error)}`, error)
  }
  let lines: Lines
  try {
    lines = SSHConfig.parse(text)
  } catch (error) {
    throw invalid(
      file,
      `it can not be parsed: ${wordsOf(error)}. Look for an open quote or a Host line without a name`,
      error,
    )
  }
  return itemsOf(lines, { file, home, depth })
}

interface Where {
  readonly file: string
  readonly home: string
  readonly depth: number
}

function itemsOf(lines: Lines, where: Where): ConfigItem[] {
  const items: ConfigItem[] = []
  for (const line of lines) {
    if (line.type !== SSHConfig.DIRECTIVE || !('param' in line)) continue
    items.push(itemOf(line, where))
  }
  return items
}

function itemOf(line: Extract<Line, { param: string }>, where: Where): ConfigItem {
  const name = line.param.toLowerCase()
  const values = valuesOf(line.value)
  if (name === 'include') return { kind: 'include', items: values.flatMap(value => included(value, where)) }
  if (!('config' in line)) return { kind: 'directive', name, values, file: where.file }
  const items = itemsOf(line.config, where)
  if (!('criteria' in line)) return { kind: 'host', patterns: values, items }
  const criteria = Object.entries(line.criteria).map(([key, value]) => [
    key.toLowerCase(),
    valuesOf(value).join(','),
  ])
  return { kind: 'match', criteria: Object.fromEntries(criteria), items }
}

function valuesOf(value: string | readonly { readonly val: string }[] | { readonly val: string }): string[] {
  if (typeof value === 'string') return [value]
  return 'val' in value ? [value.val] : value.map(part => part.val)
}

/** Relative names are looked up in `~/.ssh`, as OpenSSH does for a user's file; here: beside the including file. */
function included(pattern: string, where: Where): readonly ConfigItem[] {
  const absolute = path.resolve(path.dirname(where.file), expandHome(pattern, where.home))
  return globSync(absolute)
    .sort()
    .flatMap(file => readConfigFile(file, where.home, where.depth + 1))
}

/** A fault in an ssh configuration file, by the file's name. */
export function invalid(file: string, problem: string, cause?: unknown): InvalidConfig {
  return new InvalidConfig(`the ssh configuration ${file}: ${problem}`, { cause, detail: { file } })
}

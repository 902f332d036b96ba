import * as z from 'zod'
import type { Flow } from '../../core/flow.ts'
import { type Hosts, hosts } from '../../core/hosts.ts'
import * as reops from '../../index.ts'
import type { LoadedConfig } from '../../run/config.ts'

/** What there is to put into scope. */
export interface ScopeParts {
  readonly loaded: LoadedConfig
  readonly groups: ReadonlyMap<string, Hosts>
  readonly flows: ReadonlyMap<string, Flow>
  /** Notes what `run` and `submit` answer: typed without `await` they are waited for as well. */
  readonly begin: <P extends Promise<unknown>>(run: P) => P
}

/**
 * Every name that is in scope at the prompt. Operations win over flows, flows over groups, groups over single hosts;
 * what has lost its name is still there as `flows.name` or `groups.name`. A name that is no identifier is written in
 * camel case: `big-iron` is `bigIron`.
 *
 * @example
 * Object.keys(scopeOf(parts)) // ['pipe', 'ls', …, 'config', 'listing', 'closet', 'foo', 'bigIron']
 */
export function scopeOf({ loaded: { config }, groups, flows, begin }: ScopeParts): Record<string, unknown> {
  const single = Object.keys(config.hosts).map(name => [name, hosts({ via: config.via }, [name])] as const)
  const scope: Record<string, unknown> = {
    ...reops,
    run: (...words: Parameters<typeof reops.run>) => begin(reops.run(...words)),
    submit: (...words: Parameters<typeof reops.submit>) => begin(reops.submit(...words)),
    z,
    config,
    flows: Object.fromEntries(flows),
    groups: Object.fromEntries(groups),
  }
  const everyHost = groups.get('all')
  if (everyHost !== undefined) scope.all = bothAll(everyHost)
  for (const [name, value] of [...flows, ...groups, ...single]) {
    const identifier = toIdentifier(name)
    if (identifier !== undefined && !Object.hasOwn(scope, identifier)) scope[identifier] = value
  }
  return scope
}

/** `all` is every host, and of systems every one: `exec(all, 'uptime')` and `systems(all)` both say what they mean. */
function bothAll(group: Hosts): Hosts {
  const both = { ...group }
  // Hosts are plain data; what isn't enumerable travels with none of it.
  Object.defineProperty(both, 'criterion', { value: reops.all.criterion, enumerable: false })
  return both
}

/** A name as an identifier, or nothing where it can't be one, as an address can't. */
export function toIdentifier(name: string): string | undefined {
  const camel = name.replace(/[-.]+([A-Za-z0-9_])/g, (_, letter: string) => letter.toUpperCase())
  return /^[A-Za-z_$][\w$]*$/.test(camel) && !reserved.has(camel) ? camel : undefined
}

/** Words of the language that can't be read as a variable. */
const reserved = new Set(
  (
    'await break case catch class const continue debugger default delete do else enum export extends false finally ' +
    'for function if import in instanceof new null return super switch this throw true try typeof var void while with ' +
    'yield let static'
  ).split(' '),
)

/**
 * Defines names as globals, where a prompt finds and completes them. What JavaScript and Node define themselves is
 * left as it is. The answer takes them away again.
 */
export function enterScope(scope: Record<string, unknown>, taken: ReadonlySet<string>): () => void {
  const names = Object.keys(scope).filter(name => !taken.has(name))
  for (const name of names) {
    Object.defineProperty(globalThis, name, {
      value: scope[name],
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return () => {
    for (const name of names) Reflect.deleteProperty(globalThis, name)
  }
}

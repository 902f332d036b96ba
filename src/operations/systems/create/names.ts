import type { SystemSpec } from '../../../core/systems/spec.ts'

/** What stands before a number stays short enough for one. */
const longestStem = 56

/**
 * The hostnames that systems of a spec may take, in the order in which they are tried: the name alone where there is
 * one for one system, and otherwise the name, the type or the provider with `-1`, `-2` and so on.
 */
export function* hostnames({
  name,
  type,
  provider = 'system',
  count,
}: Partial<Pick<SystemSpec, 'name' | 'type' | 'provider' | 'count'>>): Generator<string, void> {
  if (name !== undefined && (count ?? 1) === 1) {
    yield name
    return
  }
  const stem = hostnameLike(name ?? type ?? provider) || provider
  for (let number = 1; ; number++) yield `${stem}-${number}`
}

/** A name as a host may be called: a type may hold capitals, dots and underscores. */
export function hostnameLike(text: string): string {
  const plain = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return plain.slice(0, longestStem).replaceAll(/^-+|-+$/g, '')
}

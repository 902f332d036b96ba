interface Member {
  readonly name: string
  readonly before: string
  readonly digits: string
  readonly after: string
}

/** Longer numbers are not counted exactly any more. */
const digits = /\d{1,15}(?!\d)/g

/**
 * Writes many host names as few: `web1 web2 web3 db` become `web[1-3],db`. Where a name holds several numbers, the
 * one that brings the most hosts together is folded. Leading zeros are kept apart, so that `unfold` gives the same
 * names back.
 *
 * @example
 * fold(['web1', 'web2', 'web3', 'db']) // 'web[1-3],db'
 */
export function fold(names: readonly string[]): string {
  const patterns = Map.groupBy(names.flatMap(splits), ({ before, digits, after }) =>
    JSON.stringify([before, after, paddingOf(digits)]),
  )
  const joined = joinPadded(patterns)
  const best = new Map<string, string>()
  for (const [pattern, members] of joined) {
    for (const { name } of members) {
      const known = best.get(name)
      if (known === undefined || members.length > joined.get(known)!.length) best.set(name, pattern)
    }
  }
  const written = new Set<string>()
  for (const name of names) written.add(folded(name, best, joined))
  return [...written].join(',')
}

/** Every number in a name could be the one that counts. */
function splits(name: string): Member[] {
  return [...name.matchAll(digits)].map(match => ({
    name,
    before: name.slice(0, match.index),
    digits: match[0],
    after: name.slice(match.index + match[0].length),
  }))
}

/** How many digits a number with leading zeros has, or 0. */
function paddingOf(number: string): number {
  return number.length > 1 && number.startsWith('0') ? number.length : 0
}

/** `10` belongs to `08 09`, whose padding it fits. */
function joinPadded(patterns: ReadonlyMap<string, Member[]>): Map<string, Member[]> {
  const joined = new Map<string, Member[]>([...patterns].map(([key, members]) => [key, [...members]]))
  for (const [key, members] of patterns) {
    const [before, after, padding] = JSON.parse(key) as [string, string, number]
    if (padding !== 0) continue
    for (const member of members)
      joined.get(JSON.stringify([before, after, member.digits.length]))?.push(member)
    const stays = members.filter(
      ({ digits }) => !patterns.has(JSON.stringify([before, after, digits.length])),
    )
    joined.set(key, stays)
  }
  return joined
}

function folded(
  name: string,
  best: ReadonlyMap<string, string>,
  patterns: ReadonlyMap<string, readonly Member[]>,
): string {
  const pattern = best.get(name)
  const members =
    pattern === undefined ? [] : patterns.get(pattern)!.filter(one => best.get(one.name) === pattern)
  const [first] = members
  if (first === undefined || members.length < 2) return name
  return `${first.before}[${ranges(members.map(member => member.digits))}]${first.after}`
}

function ranges(numbers: readonly string[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => Number(a) - Number(b))
  const parts: { first: string; last: string }[] = []
  for (const number of sorted) {
    const open = parts.at(-1)
    if (open && Number(number) === Number(open.last) + 1) open.last = number
    else parts.push({ first: number, last: number })
  }
  return parts.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(',')
}

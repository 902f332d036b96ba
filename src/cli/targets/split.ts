import { UsageError } from '../usage-error.ts'

/** More hosts than this are a typing error in a range. */
const mostHosts = 10_000

/**
 * Splits a list at its commas, those in brackets apart, and writes out what is folded: `web[1-3],db` is
 * `web1 web2 web3 db`, the reverse of what summaries print. Throws `UsageError` for a range that is none.
 */
export function splitTargets(list: string): string[] {
  const items = list.split(/,(?![^[]*\])/).map(item => item.trim())
  const written = items.filter(item => item !== '').flatMap(item => unfold(item, list))
  if (written.length === 0) throw new UsageError(`${JSON.stringify(list)} names no host`)
  return written
}

/** IPv6 addresses have brackets too; only digits, commas and dashes make a range. */
function unfold(item: string, list: string): string[] {
  const match = /^([^[]*)\[([\d,-]+)\](.*)$/.exec(item)
  if (!match) return [item]
  const [, before = '', ranges = '', after = ''] = match
  const names = ranges.split(',').flatMap(range => numbers(range, list).map(number => before + number))
  const rests = unfold(after, list)
  if (names.length * rests.length > mostHosts)
    throw new UsageError(`${item} stands for more than ${mostHosts} hosts`)
  return names.flatMap(name => rests.map(rest => name + rest))
}

function numbers(range: string, list: string): string[] {
  const [, first, last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(range) ?? []
  if (first === undefined || last === undefined || Number(last) < Number(first))
    throw new UsageError(
      `${JSON.stringify(range)} in ${list} is no range; write the lower number first, as in web[1-3]`,
    )
  const many = Number(last) - Number(first) + 1
  if (many > mostHosts) throw new UsageError(`${range} in ${list} stands for more than ${mostHosts} hosts`)
  return Array.from({ length: many }, (_, index) => String(Number(first) + index).padStart(first.length, '0'))
}

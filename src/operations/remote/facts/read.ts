import { readAddresses } from './addresses.ts'
import { readDisks } from './disks.ts'
import { type Facts, factsSchema } from './schema.ts'
import { readSources, type Sources } from './sources.ts'
import { readVirtualization } from './virtualization.ts'

/** Facts from the output of the facts script. Whatever a host printed, they fit `factsSchema`. */
export function readFacts(stdout: string): Facts {
  const sources = readSources(stdout)
  const { first } = sources
  return factsSchema.parse({
    hostname: first('hostname'),
    os: { ...readSystem(sources), kernel: first('kernel') },
    arch: first('arch'),
    cpu: { model: first('cpu')?.replace(/^model name\s*:\s*/i, ''), count: wholeNumber(first('cpus')) },
    memory: readMemory(sources),
    disks: readDisks(sources.lines('df')),
    addresses: readAddresses(sources),
    uptimeSeconds: readUptime(sources),
    virtualization: readVirtualization(sources),
  })
}

/** `ID` would be the short name; people know `NAME`. A rolling release has no version, and then there is none. */
function readSystem(sources: Sources): { name: string | undefined; version: string | undefined } {
  const field = (name: string) => {
    const line = sources.lines('release').findLast(entry => entry.startsWith(`${name}=`))
    return line === undefined ? undefined : unquote(line.slice(name.length + 1))
  }
  return {
    name: field('NAME') ?? sources.first('product-name') ?? sources.first('system'),
    version: field('VERSION_ID') ?? sources.first('product-version'),
  }
}

/** A value as os-release(5) writes it: in quotes of either kind or none, with backslashes before `"$\``. */
function unquote(text: string): string {
  const inner = /^(["'])(.*)\1$/.exec(text)?.[2] ?? text
  return inner.replaceAll(/\\(["'$`\\])/g, '$1')
}

function readMemory(sources: Sources): Record<'totalBytes' | 'availableBytes', number | undefined> {
  const kilobytes = (name: string) => {
    const line = sources.lines('memory').find(entry => entry.startsWith(`${name}:`))
    const count = wholeNumber(/^\w+:\s*(\d+) kB$/.exec(line ?? '')?.[1])
    return count === undefined ? undefined : count * 1_024
  }
  return {
    totalBytes: kilobytes('MemTotal') ?? wholeNumber(sources.first('memory-bytes')),
    availableBytes: kilobytes('MemAvailable'),
  }
}

/** Linux says how long; macOS says since when, by its own clock. */
function readUptime(sources: Sources): number | undefined {
  const seconds = wholeNumber(/^(\d+)/.exec(sources.first('uptime') ?? '')?.[1])
  if (seconds !== undefined) return seconds
  const since = wholeNumber(/\bsec = (\d+)/.exec(sources.first('boot-time') ?? '')?.[1])
  const now = wholeNumber(sources.first('now'))
  return since === undefined || now === undefined ? undefined : now - since
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

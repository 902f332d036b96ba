import * as z from 'zod'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type Handler, handler } from '../call.ts'
import { runProgram } from './run-program.ts'

interface Manager {
  readonly name: string
  readonly program: string
  readonly words: readonly string[]
  read(line: string): { name: string; version: string; arch?: string }[]
}

const managers: readonly Manager[] = [
  {
    name: 'dpkg',
    program: 'dpkg-query',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are dpkg's
    words: ['-W', '-f', '${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\n'],
    read(line) {
      const [status = '', name, version, arch] = line.split('\t')
      return status.startsWith('ii') && name && version ? [{ name, version, ...(arch ? { arch } : {}) }] : []
    },
  },
  {
    name: 'rpm',
    program: 'rpm',
    words: ['-qa', '--qf', '%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\n'],
    read(line) {
      const [name, version, arch] = line.split('\t')
      return name && version ? [{ name, version, ...(arch ? { arch } : {}) }] : []
    },
  },
  {
    name: 'apk',
    program: 'apk',
    words: ['info', '-v'],
    read(line) {
      const [, name, version] = /^(.+)-(\d[^-]*-r\d+)$/.exec(line.trim()) ?? []
      return name && version ? [{ name, version }] : []
    },
  },
]

/** The packages that are installed, by whichever manager the host has. */
export const packagesHandler: Handler = handler(z.strictObject({}), async (_params, { signal }) => {
  const troubles: string[] = []
  for (const { name, program, words, read } of managers) {
    const said = await runProgram(program, words, signal)
    if (said.ok) {
      const packages = said.stdout.split('\n').flatMap(read)
      // Some have rpm beside dpkg without a package in its database.
      if (packages.length > 0) return { manager: name, packages: packages.sort(byName) }
    } else if (!said.missing) troubles.push(`${name}: ${said.why}`)
  }
  throw new HostTrouble(
    'refused',
    troubles.length > 0
      ? `the packages can't be listed: ${troubles.join('; ')}`
      : 'this host has none of dpkg, rpm and apk to list packages by',
  )
})

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

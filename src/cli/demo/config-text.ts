import type { Closet } from '../../transports/ssh/closet/closet.ts'

/** The configuration of a closet, written as a person would. Its key is named there and lives in a file. */
export function configText(closet: Closet, flows: string): string {
  const hosts = closet.hosts.map(
    ({ name, address, port, user }) =>
      `    ${property(name)}: { address: '${address}', port: ${port}, user: '${user}', key: 'closet' },`,
  )
  const names = closet.hosts.map(({ name }) => `'${name}'`).join(', ')
  return [
    "import { defineConfig } from 're-ops/config'",
    '',
    'export default defineConfig({',
    '  hosts: {',
    ...hosts,
    '  },',
    `  groups: { closet: [${names}] },`,
    `  flows: ${JSON.stringify(flows)},`,
    '  ssh: {',
    `    keys: { closet: ${JSON.stringify(closet.key)} },`,
    `    knownHosts: [${JSON.stringify(closet.knownHosts)}],`,
    "    hostKeys: 'strict',",
    '    config: false,',
    '    agent: false,',
    '  },',
    '})',
    '',
  ].join('\n')
}

function property(name: string): string {
  return /^[a-z]\w*$/.test(name) ? name : `'${name}'`
}

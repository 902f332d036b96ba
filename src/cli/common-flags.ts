import type { Flags } from './command.ts'

/** What every command takes. */
export const everywhere = {
  help: { type: 'boolean', short: 'h', about: 'say how it is used' },
  'no-color': { type: 'boolean', about: 'no colours (NO_COLOR does the same)' },
  debug: { type: 'boolean', about: 'errors with their stack (REOPS_DEBUG=1 does the same)' },
} as const satisfies Flags

export const configFlag = {
  config: {
    type: 'string',
    value: '<file>',
    about: 'the configuration; reops.config.ts here or above otherwise',
  },
} as const satisfies Flags

export const jsonFlag = {
  json: { type: 'boolean', about: 'one JSON document on stdout, everything else on stderr' },
} as const satisfies Flags

/** How hosts are worked on. */
export const workFlags = {
  concurrency: { type: 'string', value: '<n>', about: 'hosts at once' },
  timeout: { type: 'string', value: '<time>', about: 'for each host at each step, such as 30s or 5m' },
  quiet: { type: 'boolean', short: 'q', about: 'say only what failed' },
} as const satisfies Flags

/** How hosts are reached, for this time. */
export const reachFlags = {
  user: { type: 'string', value: '<name>', about: 'log in as' },
  key: { type: 'string', value: '<file>', about: 'a key file, or the name of a key in the configuration' },
  port: { type: 'string', value: '<port>', about: 'the port of sshd' },
  jump: { type: 'string', value: '<hosts>', about: 'go through these hosts, comma separated' },
} as const satisfies Flags

/** The input of a flow. */
export const inputFlags = {
  input: {
    type: 'string',
    short: 'i',
    multiple: true,
    value: '<key>=<value>',
    about: 'a part of the input; a.b=c for a part of a part',
  },
  'input-file': { type: 'string', value: '<file>', about: 'the input as JSON; - reads stdin' },
} as const satisfies Flags

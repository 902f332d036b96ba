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

/** Who works on hosts and systems, where this machine does not. */
export const bridgeFlags = {
  bridge: {
    type: 'string',
    value: '<url>',
    about: 'the bridge that works on them, such as tcp://closet.lan:5760; none for this machine',
  },
  'bridge-key': { type: 'string', value: '<key>', about: 'its public key; bridge.key otherwise' },
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

/** How systems are worked on. */
export const jobFlags = {
  wait: {
    type: 'string',
    value: '<time>',
    about: 'for whoever else is at work on a system; 1m otherwise, 0 refuses at once',
  },
  'per-node': { type: 'string', value: '<n>', about: 'systems of one node at once; 8 otherwise' },
  timeout: { type: 'string', value: '<time>', about: 'for each system, such as 5m' },
  quiet: { type: 'boolean', short: 'q', about: 'say only what failed' },
} as const satisfies Flags

/** For what starts machines. */
export const readyFlags = {
  'no-ready': { type: 'boolean', about: 'go on as soon as it runs, without waiting for SSH' },
} as const satisfies Flags

/** For what stops machines. */
export const stopFlags = {
  grace: { type: 'string', value: '<time>', about: 'to end by itself; 2m otherwise' },
  force: { type: 'boolean', about: 'cut off what has not ended then' },
} as const satisfies Flags

export const yesFlag = {
  yes: { type: 'boolean', short: 'y', about: 'without asking' },
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

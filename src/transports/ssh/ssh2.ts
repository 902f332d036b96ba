import type Ssh2 from 'ssh2'

/** The ssh2 library as it is after loading: the values, not only the types. */
export type Ssh2Library = typeof Ssh2

let loading: Promise<Ssh2Library> | undefined

/** Loads ssh2 at the first connection and not before: it costs a fifth of a second that `reops --help` must not pay. */
export function loadSsh2(): Promise<Ssh2Library> {
  loading ??= import('ssh2').then(module => module.default)
  return loading
}

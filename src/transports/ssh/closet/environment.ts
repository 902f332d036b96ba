import { delimiter, join } from 'node:path'
import { markName } from './processes.ts'

/** Where commands are looked for when even our own PATH is missing. */
const standardPath = '/usr/local/bin:/usr/bin:/bin'

/**
 * The environment of every command on one host. Of our own only PATH is kept, behind the home's `bin`; no
 * credential that we hold in a variable reaches a command.
 *
 * @example
 * homeEnvironment({ home: '/tmp/closet/foo', name: 'foo', user: 'ops', mark: 'c-1' }).HOSTNAME // 'foo'
 */
export function homeEnvironment(of: {
  home: string
  name: string
  user: string
  mark: string
}): Record<string, string> {
  return {
    HOME: of.home,
    PWD: of.home,
    USER: of.user,
    LOGNAME: of.user,
    SHELL: '/bin/sh',
    HOSTNAME: of.name,
    REOPS_HOST: of.name,
    PATH: `${join(of.home, 'bin')}${delimiter}${process.env.PATH ?? standardPath}`,
    PS1: `${of.name}$ `,
    [markName]: of.mark,
  }
}

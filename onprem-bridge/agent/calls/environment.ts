import os from 'node:os'

/** What a login gives its commands; what else the agent was started with is nobody's business. */
const handedOn = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_RUNTIME_DIR)$/

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The environment of what the agent starts for somebody. bash takes a socket at its stdin for a login over the network
 * and reads .bashrc then, unless it stands deeper: what a person's prompt needs is no part of a command, and may hang.
 */
export function loginEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && handedOn.test(name),
  )
  const handed = Object.fromEntries(own) as Record<string, string>
  return { PATH: usualPath, HOME: home(), ...handed, SHLVL: '2' }
}

/** Where commands start and relative paths begin. */
export function home(): string {
  return process.env.HOME || userInfo()?.homedir || '/'
}

/** The shell that reads a command which is a string. */
export function loginShell(): string {
  return process.env.SHELL || userInfo()?.shell || '/bin/sh'
}

function userInfo() {
  try {
    return os.userInfo()
  } catch {
    // A user without an entry in passwd has a number and no more.
    return undefined
  }
}

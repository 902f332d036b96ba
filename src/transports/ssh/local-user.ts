import os from 'node:os'

/** The login name of whoever runs us; containers may run under a number that has none. */
export function localUser(): string {
  try {
    return os.userInfo().username
  } catch {
    return process.env.USER ?? String(process.getuid?.() ?? 'root')
  }
}

import { execFileSync } from 'node:child_process'
import process from 'node:process'
import { leaveOut, type Needs, needs } from '../../support/needs.ts'

/** Options for `describe` that leave it out where no network segment of our own can be made; the summary says why. */
export function canSegment(): Needs {
  const missing = needs('sshd', 'unshare', 'nsenter', 'ip', 'perl')
  if (missing.skip) return missing
  if (process.getuid?.() !== 0) return leaveOut('needs root')
  try {
    execFileSync('unshare', ['-n', '-m', '-p', '--mount-proc', '--fork', 'true'], { stdio: 'pipe' })
    return {}
  } catch (error) {
    return leaveOut(`needs namespaces: ${error instanceof Error ? error.message : error}`)
  }
}

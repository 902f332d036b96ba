import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Namespaces in which a machine of its own seems to run. */
export interface Namespaces {
  /** The command line that runs another one in there; killing it kills the other. */
  enter(argv: readonly string[]): string[]
  /** Where a path of theirs is seen from outside. */
  outside(path: string): string
  /** Ends every process in there, which takes the mounts and the network away too. */
  end(): Promise<void>
}

const script = fileURLToPath(new URL('inside.sh', import.meta.url))
const readyWithinMs = 20_000

/** Network, mount, UTS, IPC and process namespaces, with inside.sh as their first process. */
export async function openNamespaces(args: readonly string[]): Promise<Namespaces> {
  const child = spawn(
    'unshare',
    ['-n', '-m', '-u', '-i', '-p', '--mount-proc', '--fork', '--kill-child', 'sh', script, ...args],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const end = () => {
    // With --kill-child its child goes too, and with that one, the first of its namespace, all others.
    child.kill('SIGKILL')
    return exited
  }
  try {
    await ready(child)
  } catch (error) {
    await end()
    throw error
  }
  const proc = `/proc/${child.pid}`
  const into = ['-t', `${child.pid}`, '-n', '-m', '-u', '-i', `--pid=${proc}/ns/pid_for_children`]
  // In another process namespace nsenter is only its parent, whose end a process would outlive.
  const together = ['setpriv', '--pdeathsig', 'KILL']
  return {
    enter: argv => ['nsenter', ...into, '--', ...together, ...argv],
    outside: path => `${proc}/root${path}`,
    end,
  }
}

/** Waits for the word that inside.sh says when all is started. */
function ready(child: ChildProcess): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer)
      reject(new Error(`the hypervisor ${why}: ${said.trim()}`))
    }
    const timer = setTimeout(() => fail(`did not start within ${readyWithinMs} ms`), readyWithinMs)
    child.once('error', error => fail(error.message))
    child.once('close', code => fail(`ended with ${code}`))
    child.stderr?.on('data', chunk => {
      said += chunk
    })
    child.stdout?.on('data', chunk => {
      if (!`${chunk}`.includes('ready')) return
      clearTimeout(timer)
      resolve()
    })
  })
}

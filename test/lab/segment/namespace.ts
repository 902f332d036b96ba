import { type ChildProcess, execFileSync, spawn } from 'node:child_process'

/** A network, mount and process namespace that seems to be a machine of its own. */
export interface Namespace {
  readonly pid: number
  /** The command line that runs another one in there. */
  enter(argv: readonly string[]): [string, ...string[]]
  /** The same for its network alone: what runs there is an ordinary process, which a kill ends. */
  enterNetwork(argv: readonly string[]): [string, ...string[]]
  /** Runs a shell script in there and answers what it says. */
  sh(script: string, ...args: readonly string[]): string
  /** Ends every process in there, which takes its network away too. */
  end(): Promise<void>
}

/** It ends with its input, so that a test that is killed leaves nothing. */
const first = 'ip link set lo up && echo ready && exec cat'

export async function openNamespace(): Promise<Namespace> {
  const child = spawn(
    'unshare',
    ['-n', '-m', '-p', '--mount-proc', '--fork', '--kill-child', 'sh', '-c', first],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  await ready(child)
  const proc = `/proc/${child.pid}`
  const enter = (argv: readonly string[]): [string, ...string[]] => [
    'nsenter',
    '-t',
    `${child.pid}`,
    '-n',
    '-m',
    `--pid=${proc}/ns/pid_for_children`,
    '--',
    ...argv,
  ]
  return {
    pid: child.pid ?? 0,
    enter,
    enterNetwork: argv => ['nsenter', '-t', `${child.pid}`, '-n', '--', ...argv],
    sh(script, ...args) {
      const [program, ...words] = enter(['sh', '-euc', script, 'sh', ...args])
      return execFileSync(program, words, { encoding: 'utf8' })
    },
    end: () => {
      child.kill('SIGKILL')
      return exited
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => reject(new Error(`the namespace ended with ${code}`)))
    child.stdout?.once('data', () => resolve())
  })
}

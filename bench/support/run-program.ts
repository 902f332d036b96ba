import { spawn } from 'node:child_process'

/** Nothing that is measured takes this long, in milliseconds; what does hangs. */
const longest = 120_000

/** Runs a program to its end and throws away what it says, unless it fails: then that is the error. */
export function runProgram(
  command: string,
  args: readonly string[],
  { env = {}, cwd, stdin }: { env?: NodeJS.ProcessEnv; cwd?: string; stdin?: string } = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    timeout: longest,
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  let said = ''
  const keep = (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  child.stdin?.end(stdin)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (status === 0) resolve()
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}: ${said}`))
    })
  })
}

import { spawn } from 'node:child_process'

/** Signals that a terminal, a supervisor or `kill` ends a program with. */
const endings = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/**
 * Lets another program stand in for this process: it gets the terminal and the signals, and this process
 * ends as it ended, by status or by signal. A key pressed on a terminal reaches both processes by itself,
 * so SIGINT is passed on only where there is no terminal.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @example
 * handOver(process.execPath, ['--version']) // prints the version and exits 0
 */
export function handOver(command, args, env = process.env) {
  const child = spawn(command, args, { stdio: 'inherit', env })
  /** @param {NodeJS.Signals} signal */
  const pass = signal => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of endings) process.on(signal, pass)
  child.on('error', error => {
    process.stderr.write(`${command} does not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const ending of endings) process.off(ending, pass)
    if (signal) process.kill(process.pid, signal)
    else process.exitCode = code ?? 1
  })
}

import { spawn } from 'node:child_process'

/**
 * Runs a program to its end without a terminal and keeps what it wrote, both streams in one text. A
 * program that cannot start counts as one that failed, with the reason as its text. After `seconds` it is
 * killed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, seconds?: number }} [options]
 * @returns {Promise<{ ok: boolean, status: number | null, output: string }>}
 * @example
 * await outcomeOf('node', ['--version']) // { ok: true, status: 0, output: 'v24…' }
 */
export function outcomeOf(command, args, { cwd, env = process.env, seconds = 600 } = {}) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    })
    /** @type {Buffer[]} */
    const chunks = []
    child.stdout.on('data', chunk => chunks.push(chunk))
    child.stderr.on('data', chunk => chunks.push(chunk))
    child.on('error', error => resolve({ ok: false, status: null, output: error.message }))
    child.on('close', (status, signal) => {
      const ended = signal ? `\n${command} was ended by ${signal} (deadline: ${seconds} s)\n` : ''
      resolve({ ok: status === 0, status, output: Buffer.concat(chunks).toString() + ended })
    })
  })
}

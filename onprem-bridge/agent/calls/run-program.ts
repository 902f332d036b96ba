import { execFile } from 'node:child_process'
import { loginEnvironment } from './environment.ts'

/** What a program of the host printed, or why it could not: it is not there, or it failed. */
export type Said =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly missing: boolean; readonly why: string }

const mostOutput = 32 * 1024 * 1024

/** Runs a program of the host for its output, in the C locale. Never throws. */
export function runProgram(program: string, words: readonly string[], signal: AbortSignal): Promise<Said> {
  return new Promise(resolve => {
    execFile(
      program,
      [...words],
      {
        signal,
        env: { ...loginEnvironment(), LC_ALL: 'C' },
        maxBuffer: mostOutput,
        timeout: 60_000,
        killSignal: 'SIGKILL',
      },
      (error, stdout, stderr) => {
        if (!error) return resolve({ ok: true, stdout })
        const why = stderr.trim().split('\n').at(-1) || error.message
        resolve({ ok: false, missing: 'code' in error && error.code === 'ENOENT', why })
      },
    )
  })
}

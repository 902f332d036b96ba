import { execFile } from 'node:child_process'

export interface CommandOptions {
  /** What it reads from standard input; nothing otherwise. */
  readonly input?: string
  /** It is killed after this many milliseconds; 60,000 otherwise. */
  readonly timeoutMs?: number
}

/** Runs a program and answers its standard output; one that fails throws with what it said. */
export function command(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [file = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const limits = {
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
      maxBuffer: 64 << 20,
    } as const
    const child = execFile(file, args, { ...limits, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${argv.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }))
      else resolve(stdout)
    })
    // A program that ends without reading its input is judged by how it ended.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input ?? '')
  })
}

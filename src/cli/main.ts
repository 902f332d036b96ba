import type { Roots } from '../run/root.ts'
import { processContext } from './context.ts'
import { dispatch } from './dispatch.ts'

/** Runs the command of this process' arguments. `roots` are the programs that it can start, which it may not import. */
export async function main(roots: Roots): Promise<void> {
  // A reader that has gone, as `reops flows | head -1` leaves one, ends us quietly. What else goes wrong with a
  // stream is thrown, as it would be without a listener.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(process.exitCode ?? 0)
    })
  }

  process.exitCode = await dispatch(process.argv.slice(2), { ...processContext(), roots })

  // Everything that we open is closed by now. What a flow of its author's may have left open must not keep the
  // command from ending.
  setTimeout(() => process.exit(), 2_000).unref()
}

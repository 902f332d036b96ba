import { request } from 'node:http'
import { explainIssues, ReopsError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { LoadedConfig } from '../config.ts'
import { daemonPlace } from './place.ts'
import { shortSocketPath } from './socket-path.ts'
import { type DaemonStatus, daemonStatusSchema } from './status.ts'

/** A daemon is there and does not answer as one does. */
class DaemonSilent extends ReopsError {
  override readonly name = 'DaemonSilent'
  override readonly slug = 'daemon-silent'
}

/** Milliseconds for it to answer, and bytes that an answer has at most. */
const answerMs = 5_000
const mostBytes = 16 * 1024 * 1024

/** What a daemon said of itself, and that as we understand it. */
export interface DaemonAnswer {
  readonly said: Json
  readonly status: DaemonStatus
}

/** Asks the daemon of a state folder how it is; answers nothing where none runs. Rejects with `DaemonSilent`. */
export async function askDaemon(loaded: LoadedConfig): Promise<DaemonAnswer | undefined> {
  const { socket } = daemonPlace(loaded)
  let text: string
  try {
    const short = shortSocketPath(socket)
    text = await answerOf(short.path).finally(() => short.close())
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    // No socket, or that of a daemon that died.
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined
    throw new DaemonSilent(
      `the daemon at ${socket} does not answer (${message}); look at what it says, or end it and start it again`,
      { cause },
    )
  }
  const said = jsonIn(text)
  const parsed = daemonStatusSchema.safeParse(said)
  if (parsed.success) return { said: said as Json, status: parsed.data }
  throw new DaemonSilent(
    `the daemon at ${socket} says of itself what this reops does not understand (${explainIssues(parsed.error.issues)}): ` +
      'they are of different versions, so start it again',
  )
}

function answerOf(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, path: '/status', signal: AbortSignal.timeout(answerMs) },
      response => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > mostBytes) asked.destroy(new Error('its answer is too long'))
        })
        response.on('end', () => resolve(text))
        response.on('error', reject)
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON fits no schema.
    return undefined
  }
}

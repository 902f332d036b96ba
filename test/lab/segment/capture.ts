import { spawn } from 'node:child_process'
import type { Namespace } from './namespace.ts'

/** The frames that reach a machine's network card, as a card that sleeps sees them. */
export interface Capture {
  /** Every frame so far, in hexadecimal digits. */
  readonly frames: readonly string[]
  /** Waits until a frame holds these digits, and answers it. */
  frameWith(digits: string): Promise<string>
  stop(): Promise<void>
}

/** A raw socket (AF_PACKET, SOCK_RAW) hears all protocols (ETH_P_ALL, in the network's order). */
const program = `
$| = 1;
socket(my $card, 17, 3, unpack("S", pack("n", 3))) or die "socket: $!";
print "ready\\n";
while (defined recv($card, my $frame, 65536, 0)) { print unpack("H*", $frame), "\\n" }
`
const patienceMs = 10_000

export async function capture(where: Namespace): Promise<Capture> {
  const [command, ...words] = where.enterNetwork(['perl', '-e', program])
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
  const frames: string[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    frames.push(...lines)
    for (const look of waiting) look()
  })
  const frameWith = async (digits: string): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const look = () => {
      const found = frames.find(frame => frame.includes(digits))
      if (found !== undefined) resolve(found)
    }
    const timer = setTimeout(() => reject(new Error(`no frame holds ${digits}`)), patienceMs)
    waiting.add(look)
    look()
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(look)
    })
  }
  await frameWith('ready')
  return {
    frames,
    frameWith,
    stop: () => {
      child.kill('SIGKILL')
      return exited
    },
  }
}

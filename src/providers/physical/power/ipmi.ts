import { type ExecFileException, execFile } from 'node:child_process'
import type { FailureCode } from '../../../core/outcome.ts'
import type { PowerSwitch } from '../../../core/systems/nodes.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { Bounds } from '../bounds.ts'
import { printable } from '../printable.ts'
import type { PowerControl } from './control.ts'

type Ipmi = Extract<PowerSwitch, { readonly kind: 'ipmi' }>

/**
 * How a session is secured: SHA-256 (17), and SHA-1 (3) with older controllers. They could be asked which they have, and
 * those that don't understand the question would make us wait for an answer.
 */
const suites = ['17', '3'] as const

/**
 * A management controller that speaks IPMI 2.0, by the program `ipmitool`: it knows the odd ways of twenty years of such
 * controllers, and npm has no library for them. The password goes by its environment, since arguments show in `ps`.
 */
export function openIpmi(name: string, ipmi: Ipmi, password: () => Promise<string>): PowerControl {
  const called = `IPMI at ${ipmi.address}`
  let suite: string = suites[0]
  const chassis = async (word: string, bounds: Bounds): Promise<string> => {
    const secret = await password()
    const ask = () => run(argumentsOf(ipmi, suite, word), secret, bounds)
    let ended = await ask()
    if (suite === suites[0] && /error in open session response/i.test(ended.stderr)) {
      suite = suites[1]
      ended = await ask()
    }
    if (ended.error === null) return ended.stdout
    throw explain(name, called, ended.error, ended.stderr, bounds)
  }
  return {
    called,
    async state(bounds) {
      const [, word] = /Chassis Power is (on|off)/i.exec(await chassis('status', bounds)) ?? []
      return word === undefined ? 'unknown' : word.toLowerCase() === 'on' ? 'on' : 'off'
    },
    on: async bounds => void (await chassis('on', bounds)),
    soft: async bounds => void (await chassis('soft', bounds)),
    off: async bounds => void (await chassis('off', bounds)),
    reset: async bounds => void (await chassis('reset', bounds)),
  }
}

/** `-v` is what makes it say why a session did not come about; `-N` and `-R` are seconds and tries of one packet. */
function argumentsOf({ address, port, user }: Ipmi, suite: string, word: string): string[] {
  const where = ['-I', 'lanplus', '-H', address, '-p', String(port), '-U', user, '-E', '-C', suite]
  return ['-v', ...where, '-N', '1', '-R', '2', 'chassis', 'power', word]
}

interface Ended {
  readonly error: ExecFileException | null
  readonly stdout: string
  readonly stderr: string
}

function run(words: readonly string[], secret: string, { signal, timeout }: Bounds): Promise<Ended> {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, LC_ALL: 'C', IPMI_PASSWORD: secret, IPMITOOL_PASSWORD: secret }
  return new Promise(resolve => {
    execFile(
      'ipmitool',
      words,
      { env, signal, timeout, killSignal: 'SIGKILL', maxBuffer: 64 * 1_024 },
      (error, stdout, stderr) => resolve({ error, stdout, stderr }),
    )
  })
}

function explain(
  name: string,
  called: string,
  error: ExecFileException,
  said: string,
  { signal }: Bounds,
): SystemTrouble {
  const trouble = (code: FailureCode, words: string) =>
    new SystemTrouble(code, `${name}: ${words}`, { cause: error })
  if (error.code === 'ENOENT')
    return trouble(
      'refused',
      'its power is switched by ipmitool, which is not installed here; install the package ipmitool',
    )
  const late = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError'
  if (signal.aborted && !late) return trouble('cancelled', `asking ${called} was given up`)
  if (error.killed || late) return trouble('timeout', `${called} did not answer in time`)
  if (/RAKP 2|unauthorized name|invalid password|longer than 20 bytes|privilege/i.test(said))
    return trouble('auth', `${called} refuses our user or password: ${lastLine(said)}`)
  if (/Unable to establish|Get Auth Capabilities|Could not open socket|lookup failed/i.test(said))
    return trouble('unreachable', `${called} does not answer: ${lastLine(said)}`)
  return trouble('exit', `${called} did not do it: ${lastLine(said) || printable(error.message)}`)
}

/** What it says first is about ciphers and registries that it could not read, which stops nothing. */
function lastLine(said: string): string {
  const lines = said
    .split('\n')
    .filter(line => line.trim() !== '' && !/Cipher Suites|PEN Registry/.test(line))
  return printable(lines.slice(-2).join('; '))
}

import path from 'node:path'
import { neutraliseLine } from '../../../operations/output/format/index.ts'
import { formatBytes } from '../../../operations/output/format/time.ts'
import { fetchImage } from '../../../providers/kvm/images/fetch-image.ts'
import { stateFolder } from '../../../run/config.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given, text } from '../../parse.ts'
import { refuseBridge } from '../../session/bridge.ts'
import { configuration } from '../../session/configuration.ts'
import { askConsent } from '../../session/consent.ts'
import { secondsOf } from '../../session/flags.ts'
import { UsageError } from '../../usage-error.ts'
import { withWired } from '../wired.ts'
import { nodeOf, templatesOf } from './provider.ts'

/** Seconds that fetching and sending an image may take. */
const usualSeconds = 7_200

/** Brings an image to a hypervisor as a template: fetches it where it is far away, and sends it there. */
export async function importTemplate(context: CommandContext, args: Args, source: string): Promise<number> {
  const name = text(args, 'name')
  if (name === undefined)
    throw new UsageError('reops template import needs --name, by which reops create --image finds it')
  const loaded = await configuration(context, args)
  refuseBridge(
    loaded,
    'reops template import',
    'run it on its machine, where the hypervisors are reached from',
  )
  const node = nodeOf(args, loaded)
  const sha256 = text(args, 'sha256')
  const replace = given(args, 'replace')
  const question = `put ${source} in the place of the template ${name} of ${node}, if there is one`
  if (replace && !given(args, 'yes') && !(await askConsent(context, question))) {
    context.stderr.write('nothing was done\n')
    return 1
  }
  const json = given(args, 'json')
  return withWired(context, loaded, { quiet: json }, async ({ systems, job, live, notice, signal }) => {
    const provider = await templatesOf(systems)
    const at = job('template import', name, (secondsOf(args, 'timeout') ?? usualSeconds) * 1_000)
    const within = AbortSignal.any([signal, AbortSignal.timeout(at.deadline - at.clock.now())])
    const moved = (stage: string, bytes: number, total: number | undefined) => {
      live.add({ kind: 'stage', step: 'template import', host: name, stage })
      live.add({ kind: 'transfer', step: 'template import', host: name, file: 'image', bytes, total })
    }
    const image = await fetchImage(isUrl(source) ? source : path.resolve(context.cwd, source), {
      cache: path.join(stateFolder(loaded), 'images'),
      signal: within,
      onProgress: ({ stage, bytes, total }) => moved(stage, bytes, total),
      ...(sha256 === undefined ? {} : { sha256 }),
    })
    if (!image.checked)
      notice(`nothing says what the image has to be, so that nobody has checked it; ${advice(image.sha256)}`)
    const onProgress = (bytes: number, total: number) => moved(`sending it to ${node}`, bytes, total)
    await provider.importTemplate(node, name, image.file, { replace, onProgress }, { ...at, signal: within })
    live.stop()
    const { bytes, checked } = image
    const told = { template: name, node, bytes, sha256: image.sha256 ?? null, checked }
    context.stdout.write(
      json
        ? `${JSON.stringify(told, null, 2)}\n`
        : `${neutraliseLine(`${name} is on ${node}, ${formatBytes(bytes)}; reops create ${node} --image ${name} makes systems of it`)}\n`,
    )
    return 0
  })
}

function isUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(source)
}

function advice(sha256: string | undefined): string {
  return sha256 === undefined ? '--sha256 <sum> does' : `its sum is ${sha256}, which --sha256 takes next time`
}

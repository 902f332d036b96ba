import { rm } from 'node:fs/promises'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { loadConfig, stateFolder } from '../../../src/run/config.ts'
import { loadFlows } from '../../../src/run/flows.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import { type FakeBridge, fakeBridge } from '../../fakes/bridge.ts'
import { type Calling, type CallOptions, type Done, makeProject, start } from '../harness.ts'
import { type Answer, scripted } from '../scripted-transport.ts'
import type { Scene } from '../systems/scene.ts'

/** A project that has nothing but a bridge into the closet of a scene. */
export interface Laptop {
  readonly folder: string
  readonly bridge: FakeBridge
  start(words: readonly string[], options?: CallOptions): Calling
  reops(words: readonly string[], options?: CallOptions): Promise<Done>
}

const key = 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'

/** Opens a bridge over a scene, and a laptop beside it, whose hosts and providers nobody reaches. */
export async function laptopOf(
  { folder: closet, provider }: Scene,
  answer: Answer = () => '',
  config: Readonly<Record<string, unknown>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Laptop> {
  const loaded = await loadConfig(path.join(closet, 'reops.config.ts'))
  const behind = wireLocal({
    loaded,
    out: { publish: () => {} },
    flows: 'flows/index.ts' in files ? await loadFlows(loaded) : new Map(),
    transports: { ssh: scripted(answer) },
    providers: { kvm: () => provider },
  })
  const bridge = fakeBridge({ desk: behind.desk })
  const all = {
    bridge: { url: 'tcp://closet.lan:5760', key },
    ssh: { config: false, agent: false },
    ...config,
  }
  const folder = await makeProject({ 'reops.config.ts': `export default ${JSON.stringify(all)}\n`, ...files })
  onTestFinished(async () => {
    await behind.close()
    await rm(folder, { recursive: true, force: true })
  })
  const nowhere = () => {
    throw new Error('nothing is reached from here')
  }
  const own: CallOptions = {
    transports: { ssh: nowhere },
    providers: { kvm: nowhere },
    bridge: mine => bridge.connect(openSpillFolder(path.join(stateFolder(mine), 'spilled'))),
  }
  const begin = (words: readonly string[], options: CallOptions = {}) =>
    start(folder, words, { ...own, ...options })
  return { folder, bridge, start: begin, reops: (words, options) => begin(words, options).done }
}

/** Output without what differs from run to run: times, and names by chance. */
export function plain(text: string): string {
  return text
    .replaceAll(/ \([\d.]+ (?:ms|s)\)/g, '')
    .replaceAll(/"ms": [\d.]+/g, '"ms"')
    .replaceAll(/\b\d{13}(?:\.\d+)?\b/g, 'then')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+Z)?/g, 'then')
    .replaceAll(/\b([a-z]+)-[0-9a-f]{8}\b/g, '$1')
    .replaceAll(/sys-[0-9a-f]{20}/g, 'sys')
}

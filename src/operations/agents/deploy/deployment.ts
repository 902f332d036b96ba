import { HostTrouble } from '../../../core/ports.ts'
import { ask } from '../../provision/ask.ts'
import { reportTo } from '../../remote/transfer.ts'
import type { Deployment } from './parts.ts'
import { rollBack } from './roll-back.ts'
import { finishScript, givenUpScript, installScript, restartScript, stageScript } from './scripts/install.ts'
import { grace } from './wanted.ts'

/** Milliseconds until it is looked whether an agent that has not registered still tries to. */
const firstLook = 1_500
const laterLooks = 5_000

/** Puts a release on a host, waits until its agent has registered, and goes back to what was there when it doesn't. */
export async function deploy(deployment: Deployment): Promise<void> {
  const { host, become, found } = deployment
  const stage = await ask(host, { script: stageScript, become: false })
  const name = stage.fact('stage') ?? ''
  const staged = stage.fact('path') ?? ''
  // What is sent goes nowhere else, whatever a host says.
  if (!/^\.reops-agent-\w{6}$/.test(name))
    throw new HostTrouble('exception', 'the host made no folder for what is to be sent')
  const progress = { begun: false, token: false }
  try {
    await send(deployment, name)
    await install(deployment, staged, progress)
    if (!(await hasRegistered(deployment))) throw silence(deployment)
    await ask(host, { script: finishScript, args: [found.base], become })
  } catch (error) {
    throw await rollBack(deployment, progress, staged, error)
  }
}

/** Starts what is there again, and waits until it has registered. */
export async function restart(deployment: Deployment): Promise<void> {
  const { host, agents, within, become, found } = deployment
  const args = [found.base, agents.address().key, grace]
  await ask(host, { script: restartScript, args, become })
  if (await hasRegistered(deployment)) return
  throw new HostTrouble(
    'timeout',
    `its agent was started again and did not register within ${within / 1_000} s; look at its log in ${found.base}`,
  )
}

/** Waits for it, for as long as somebody keeps it running. */
async function hasRegistered({ host, agents, wanted, within, become, found }: Deployment): Promise<boolean> {
  const ends = Date.now() + within
  for (let next = firstLook; ; next = laterLooks) {
    const timeout = Math.min(next, ends - Date.now())
    if (timeout <= 0 || host.signal.aborted) return false
    if (await agents.waitFor(host.name, { version: wanted.version, timeout, signal: host.signal }))
      return true
    if (host.signal.aborted) return false
    const { fact } = await ask(host, { script: givenUpScript, args: [found.base], become })
    if (fact('gone') === 'yes') return false
  }
}

async function send({ host, context, made, node, found }: Deployment, stage: string): Promise<void> {
  const onProgress = reportTo(context, host)
  await host.upload(made, `${stage}/package`, { onProgress })
  const { brings } = node
  if (brings && !found.brought.includes(brings.version))
    await host.upload(brings.file, `${stage}/node`, { mode: 0o755, onProgress })
}

async function install(
  { host, agents, wanted, node, found, become, enrol }: Deployment,
  staged: string,
  progress: { begun: boolean; token: boolean },
): Promise<void> {
  const token = enrol ? await agents.enrol(host.name, enrol) : ''
  progress.token = enrol !== undefined
  const { version, kind, unit, supervise, options, setup } = wanted
  const { key } = agents.address()
  const args = [
    found.base,
    version,
    staged,
    node.path,
    node.brings?.version ?? '',
    kind,
    unit,
    supervise,
    key,
    grace,
  ]
  // Whatever becomes of the answer, from now on something may be there.
  progress.begun = true
  try {
    await ask(host, { script: installScript, args, stdin: `${options}\n${token}\n${setup}\n`, become })
  } catch (error) {
    if (error instanceof HostTrouble && error.code === 'refused') progress.begun = false
    throw error
  }
}

function silence({ host, agents, within, wanted }: Deployment): HostTrouble {
  if (host.signal.aborted) return new HostTrouble('cancelled', 'cancelled before its agent had registered')
  const seen = agents.registered(host.name)
  const other = seen ? `; ${seen.version} was last there and is ${seen.state}` : ''
  return new HostTrouble(
    'timeout',
    `its agent (${wanted.version}) did not register with the bridge at ${agents.address().url} within ${within / 1_000} s${other}`,
  )
}

import { isHosts } from '../core/hosts.ts'
import { bySlices } from '../core/operation/by-slices.ts'
import { hasRefs } from '../core/ref.ts'
import type { Definition, Step, TaskStep } from '../core/step.ts'

/** What the compiler knows of the data between two steps: hosts in the cloud alone, lists of such, or anything. */
type Data = 'cloud' | 'list' | 'any'

interface Placed {
  readonly step: Step
  readonly data: Data
}

/**
 * Puts what is about the cloud alone into the cloud: from a source that makes hosts which are only there, every
 * operation that can executes there, as long as nothing on the way may have brought other hosts in. A pipeline without
 * such a source stays as it is.
 */
export function place(step: Step): Step {
  return placed(step, 'any').step
}

function placed(step: Step, data: Data): Placed {
  switch (step.kind) {
    case 'task':
      return placedTask(step, data)
    case 'source':
      return { step, data: isInCloud(step.value) ? 'cloud' : 'any' }
    case 'query':
      return { step, data: 'any' }
    case 'when':
    case 'wait':
      return { step, data }
    case 'pipe':
      return placedPipe(step.steps, data)
    case 'flow': {
      // What its schema makes of the data is not known here.
      const body = placed(step.body, 'any')
      return { step: { ...step, body: body.step }, data: body.data }
    }
    case 'choose': {
      const yes = placed(step.yes, data)
      const no = step.no && placed(step.no, data)
      const both = yes.data === (no?.data ?? data) ? yes.data : 'any'
      return { step: { ...step, yes: yes.step, no: no?.step }, data: both }
    }
    case 'parallel': {
      const branches = step.branches.map(branch => placed(branch, data))
      const list = branches.every(branch => branch.data === 'cloud')
      return { step: { ...step, branches: branches.map(one => one.step) }, data: list ? 'list' : 'any' }
    }
    case 'each':
      return { step: { ...step, body: placed(step.body, 'any').step }, data: 'any' }
    case 'recover': {
      const body = placed(step.body, data)
      const handler = placed(step.handler, 'any')
      const both = body.data === handler.data ? body.data : 'any'
      return { step: { ...step, body: body.step, handler: handler.step }, data: both }
    }
    case 'fallback':
      // The second attempt takes another transport, which functions have none of.
      return { step, data: 'any' }
    default: {
      const body = placed(step.body, data)
      return { step: { ...step, body: body.step }, data: body.data }
    }
  }
}

function placedPipe(steps: readonly Step[], first: Data): Placed {
  let data = first
  const done = steps.map(step => {
    const one = placed(step, data)
    data = one.data
    return one.step
  })
  return { step: { kind: 'pipe', steps: done }, data }
}

/** Closures that hand on hosts of what they are given and no others. */
const keeping: ReadonlySet<string> = new Set(['pick', 'map', 'select'])

function placedTask(step: TaskStep, data: Data): Placed {
  const { definition, closure, args } = step
  if (closure) {
    if (definition.name === 'merge') return { step, data: data === 'list' ? 'cloud' : 'any' }
    return { step, data: keeping.has(definition.name) ? data : 'any' }
  }
  const { inCloud, site, onHosts } = definition
  if (definition.passes) {
    const moves = inCloud !== undefined && (data === 'cloud' || data === 'list')
    return { step: moves ? { ...step, definition: there(definition, inCloud) } : step, data }
  }
  if (site !== 'onprem' || inCloud === undefined) return { step, data: 'any' }
  const begins = !hasRefs(args) && inCloud.begins?.(args) === true
  if (!begins && !(data === 'cloud' && onHosts && inCloud.begins === undefined)) return { step, data: 'any' }
  return { step: { ...step, definition: there(definition, inCloud) }, data: 'cloud' }
}

function there(definition: Definition, inCloud: NonNullable<Definition['inCloud']>): Definition {
  const { functionName, permissions, timeoutSeconds, slice } = inCloud
  return {
    ...definition,
    site: 'cloud',
    functionName,
    permissions,
    timeoutSeconds,
    heartbeatSeconds: undefined,
    ...(slice ? { handle: bySlices(definition, slice.seconds) } : {}),
  }
}

function isInCloud(value: unknown): boolean {
  return (
    isHosts(value) &&
    value.via === 'ssm' &&
    value.hosts.length > 0 &&
    value.hosts.every(host => (host.via ?? 'ssm') === 'ssm')
  )
}

import type { PowerSwitch } from '../../../../core/systems/nodes.ts'
import { SystemTrouble } from '../../../../core/systems/trouble.ts'
import type { Bounds } from '../../bounds.ts'
import type { PowerControl } from '../control.ts'
import { actionInfoSchema, collectionSchema, computerSchema, rootSchema } from './answers.ts'
import { type Login, type Service, withService } from './service.ts'

type Redfish = Extract<PowerSwitch, { readonly kind: 'redfish' }>

/** What we want of a computer, by the words that its service may have for it, the best first. */
const resets = {
  on: ['On', 'ForceOn'],
  soft: ['GracefulShutdown', 'PushPowerButton'],
  off: ['ForceOff'],
  reset: ['ForceRestart', 'PowerCycle', 'FullPowerCycle'],
} as const

/** A management controller that speaks Redfish, over HTTPS. */
export function openRedfish(name: string, redfish: Redfish, password: () => Promise<string>): PowerControl {
  const { url, user, fingerprint, system } = redfish
  const called = `Redfish at ${new URL(url).host}`
  const login = async (): Promise<Login> => {
    if (!isPrivate(new URL(url)))
      throw new SystemTrouble(
        'refused',
        `${name}: ${called} would be sent its password in the clear; write its url with https`,
      )
    return { name, called, endpoint: { url, fingerprint }, user, password: await password() }
  }
  const find = (service: Service) => (system === undefined ? onlySystem(service, name, called) : system)
  const reset = async (to: keyof typeof resets, bounds: Bounds) =>
    withService(await login(), bounds, async service => {
      const path = await find(service)
      const computer = await service.get(path, computerSchema)
      const action = computer.Actions?.['#ComputerSystem.Reset']
      if (action === undefined)
        throw new SystemTrouble('refused', `${name}: ${called} has no way to switch ${path}`)
      const info = action['@Redfish.ActionInfo']
      const allowed =
        action['ResetType@Redfish.AllowableValues'] ??
        (info === undefined ? undefined : await allowedBy(service, info))
      await service.post(action.target, { ResetType: chosen(to, allowed, name, called) })
    })
  return {
    called,
    state: async bounds =>
      withService(await login(), bounds, async service => {
        const { PowerState: state } = await service.get(await find(service), computerSchema)
        return state === 'On' ? 'on' : state === 'Off' ? 'off' : 'unknown'
      }),
    on: bounds => reset('on', bounds),
    soft: bounds => reset('soft', bounds),
    off: bounds => reset('off', bounds),
    reset: bounds => reset('reset', bounds),
  }
}

/** An emulator on our own machine may do without encryption. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}

async function onlySystem(service: Service, name: string, called: string): Promise<string> {
  const { Systems } = await service.get('/redfish/v1/', rootSchema)
  if (Systems === undefined) throw new SystemTrouble('refused', `${name}: ${called} knows of no computers`)
  const { Members } = await service.get(Systems['@odata.id'], collectionSchema)
  const paths = Members.map(member => member['@odata.id'])
  const [first] = paths
  if (first !== undefined && paths.length === 1) return first
  throw new SystemTrouble(
    'refused',
    paths.length === 0
      ? `${name}: ${called} has no computer`
      : `${name}: ${called} has ${paths.length} computers (${paths.slice(0, 8).join(', ')}); say which one by system of its power`,
  )
}

async function allowedBy(service: Service, path: string): Promise<readonly string[] | undefined> {
  const { Parameters } = await service.get(path, actionInfoSchema)
  return Parameters.find(parameter => parameter.Name === 'ResetType')?.AllowableValues
}

/** A service that doesn't say what it takes is asked for the usual word, and says no if it must. */
function chosen(
  to: keyof typeof resets,
  allowed: readonly string[] | undefined,
  name: string,
  called: string,
): string {
  const word = allowed === undefined ? resets[to][0] : resets[to].find(one => allowed.includes(one))
  if (word !== undefined) return word
  throw new SystemTrouble(
    'refused',
    `${name}: ${called} takes none of ${resets[to].join(', ')}; it takes ${allowed?.join(', ') || 'nothing'}`,
  )
}

import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { json } from 'node:stream/consumers'

/** A management controller, as DMTF's documents describe the part of Redfish that switches a computer. */
export interface RedfishServer {
  readonly url: string
  readonly fingerprint: string
  readonly user: string
  readonly password: string
  /** What it is and does; a test changes it as it likes. */
  readonly play: Play
  /** Method and path of every request, with the kind of reset where there is one. */
  readonly requests: string[]
  /** Sessions that are open. */
  readonly sessions: ReadonlySet<string>
  stop(): Promise<void>
}

interface Play {
  power: string
  /** The kinds of reset that it says it takes, and where it says so. */
  allowed: readonly string[]
  allowedBy: 'computer' | 'action info' | 'nobody'
  computers: number
  basic: boolean
  /** Resets that change nothing. */
  deaf: boolean
  /** Answers every request in its own way, before anything else. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
}

const root = '/redfish/v1/'
const sessionsPath = '/redfish/v1/SessionService/Sessions'
const systemPath = '/redfish/v1/Systems/1'
const actionPath = `${systemPath}/Actions/ComputerSystem.Reset`
const after: Readonly<Record<string, string>> = {
  On: 'On',
  ForceOn: 'On',
  ForceOff: 'Off',
  GracefulShutdown: 'Off',
  PushPowerButton: 'Off',
  ForceRestart: 'On',
  PowerCycle: 'On',
}

export async function openRedfishServer(): Promise<RedfishServer> {
  const { key, cert } = await makeCertificate()
  const play: Play = {
    power: 'On',
    allowed: ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart'],
    allowedBy: 'computer',
    computers: 1,
    basic: true,
    deaf: false,
    instead: undefined,
  }
  const [user, password] = ['admin', 'correct horse']
  const requests: string[] = []
  const sessions = new Set<string>()

  const known = ({ headers }: IncomingMessage) => {
    const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    return (play.basic && headers.authorization === basic) || sessions.has(`${headers['x-auth-token']}`)
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request
    const body = method === 'POST' ? ((await json(request)) as Record<string, unknown>) : {}
    requests.push([method, url, ...(body.ResetType ? [body.ResetType] : [])].join(' '))
    if (play.instead) return play.instead(request, response)
    if (url === root) return say(response, 200, rootOf())
    if (url === sessionsPath && method === 'POST') {
      if (body.UserName !== user || body.Password !== password)
        return complain(response, 401, 'Wrong password.')
      const token = `token-${sessions.size + 1}`
      sessions.add(token)
      response.setHeader('x-auth-token', token)
      response.setHeader('location', `${sessionsPath}/${token}`)
      return say(response, 201, {})
    }
    if (!known(request)) return complain(response, 401, 'There is no valid session established.')
    if (method === 'DELETE') {
      sessions.delete(url.slice(sessionsPath.length + 1))
      return say(response, 204, undefined)
    }
    if (url === '/redfish/v1/Systems') return say(response, 200, { Members: members(play.computers) })
    if (url === systemPath) return say(response, 200, computer(play))
    if (url === `${systemPath}/ResetActionInfo`) {
      const Parameters = [{ Name: 'ResetType', Required: true, AllowableValues: play.allowed }]
      return say(response, 200, { Parameters })
    }
    if (url !== actionPath || method !== 'POST') return complain(response, 404, 'The resource was not found.')
    const kind = String(body.ResetType)
    if (!play.allowed.includes(kind))
      return complain(response, 400, `The value ${kind} for the parameter ResetType is not in the list.`)
    if (!play.deaf) play.power = after[kind] ?? play.power
    return say(response, 204, undefined)
  }
  const server = https.createServer({ key, cert }, (request, response) => void answer(request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint: new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase(),
    user,
    password,
    play,
    requests,
    sessions,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const rootOf = () => ({
  RedfishVersion: '1.15.0',
  Systems: { '@odata.id': '/redfish/v1/Systems' },
  Links: { Sessions: { '@odata.id': sessionsPath } },
})

const members = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ '@odata.id': `/redfish/v1/Systems/${index + 1}` }))

function computer({ power, allowed, allowedBy }: Play): unknown {
  return {
    '@odata.id': systemPath,
    Id: '1',
    PowerState: power,
    Actions: {
      '#ComputerSystem.Reset': {
        target: actionPath,
        ...(allowedBy === 'computer' ? { 'ResetType@Redfish.AllowableValues': allowed } : {}),
        ...(allowedBy === 'action info' ? { '@Redfish.ActionInfo': `${systemPath}/ResetActionInfo` } : {}),
      },
    },
  }
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

function complain(response: ServerResponse, status: number, words: string): void {
  const message = 'See @Message.ExtendedInfo for more information.'
  say(response, status, {
    error: { code: 'Base.1.0.GeneralError', message, '@Message.ExtendedInfo': [{ Message: words }] },
  })
}

async function makeCertificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-redfish-'))
  try {
    const [key, cert] = [path.join(folder, 'key'), path.join(folder, 'cert')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, '-subj', '/CN=bmc'], {
      stdio: 'ignore',
    })
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

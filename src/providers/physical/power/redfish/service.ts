import type * as z from 'zod'
import { explainIssues } from '../../../../core/errors.ts'
import { SystemTrouble } from '../../../../core/systems/trouble.ts'
import type { Bounds } from '../../bounds.ts'
import { printable } from '../../printable.ts'
import { rootSchema, servicePath } from './answers.ts'
import { type Endpoint, exchange, type Question, type Reply } from './exchange.ts'
import { noAnswer, noSuccess, readJson } from './trouble.ts'

/** A service that knows us, for one operation. Everything throws `SystemTrouble`. */
export interface Service {
  get<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>>
  post(path: string, body: unknown): Promise<void>
}

export interface Login {
  /** The machine and its switch, as messages call them. */
  readonly name: string
  readonly called: string
  readonly endpoint: Endpoint
  readonly user: string
  readonly password: string
}

const defaultSessions = '/redfish/v1/SessionService/Sessions'

/**
 * Works with a service by HTTP's basic authentication, which takes no place of the few sessions that a controller has.
 * Where the service wants a session, one is opened, and closed in the end.
 */
export async function withService<T>(
  login: Login,
  bounds: Bounds,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const credentials = Buffer.from(`${login.user}:${login.password}`).toString('base64')
  let headers: Record<string, string> = { authorization: `Basic ${credentials}` }
  let session: string | undefined
  const ask = async (question: Omit<Question, 'headers'>): Promise<Reply> => {
    const reply = await send(login, { ...question, headers }, bounds)
    if (reply.status !== 401 || 'x-auth-token' in headers) return reply
    const opened = await openSession(login, bounds)
    headers = { 'x-auth-token': opened.token }
    session = opened.path
    return send(login, { ...question, headers }, bounds)
  }
  const service: Service = {
    async get(path, schema) {
      const question = { method: 'GET', path } as const
      const reply = await ask(question)
      if (reply.status !== 200) throw noSuccess(login.name, login.called, { ...question, headers }, reply)
      return understand(login, path, reply, schema)
    },
    async post(path, body) {
      const question = { method: 'POST', path, body } as const
      const reply = await ask(question)
      if (reply.status < 200 || reply.status > 299)
        throw noSuccess(login.name, login.called, { ...question, headers }, reply)
    },
  }
  try {
    return await work(service)
  } finally {
    if (session !== undefined) await closeSession(login, session, headers, bounds)
  }
}

async function send(login: Login, question: Question, bounds: Bounds): Promise<Reply> {
  try {
    return await exchange(login.endpoint, question, bounds)
  } catch (error) {
    throw noAnswer(login.name, login.called, question, error, bounds)
  }
}

async function openSession(
  login: Login,
  bounds: Bounds,
): Promise<{ readonly token: string; readonly path: string | undefined }> {
  const root: Question = { method: 'GET', path: '/redfish/v1/', headers: {} }
  const reply = await send(login, root, bounds)
  const found = rootSchema.safeParse(readJson(reply.text)).data?.Links?.Sessions?.['@odata.id']
  const question: Question = {
    method: 'POST',
    path: found ?? defaultSessions,
    headers: {},
    body: { UserName: login.user, Password: login.password },
  }
  const answer = await send(login, question, bounds)
  const token = answer.headers['x-auth-token']
  if (answer.status !== 201 || typeof token !== 'string')
    throw noSuccess(login.name, login.called, question, answer)
  return { token, path: pathIn(login.endpoint.url, answer.headers.location) }
}

/** Some say the session's whole address, some its path. */
function pathIn(base: string, location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location, base)) return undefined
  return servicePath.safeParse(new URL(location, base).pathname).data
}

/** A session that can't be closed ends by itself after some minutes; what was done before is done. */
async function closeSession(
  login: Login,
  path: string,
  headers: Record<string, string>,
  bounds: Bounds,
): Promise<void> {
  try {
    await send(login, { method: 'DELETE', path, headers }, bounds)
  } catch (error) {
    if (!(error instanceof SystemTrouble)) throw error
  }
}

function understand<T extends z.ZodType>(login: Login, path: string, reply: Reply, schema: T): z.output<T> {
  const parsed = schema.safeParse(readJson(reply.text))
  if (parsed.success) return parsed.data
  throw new SystemTrouble(
    'exception',
    `${login.name}: ${login.called} says something at ${path} that is not Redfish: ${printable(explainIssues(parsed.error.issues))}`,
    { detail: { path } },
  )
}

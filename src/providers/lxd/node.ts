import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { explainIssues, InvalidConfig } from '../../core/errors.ts'
import type { LxdNode } from '../../core/systems/nodes.ts'
import type { Job } from '../../core/systems/provider.ts'
import { type CallOptions, type LxdClient, openClient } from './api/client.ts'
import { type Endpoint, endpointSchema, findSocket } from './api/endpoint.ts'
import { asTrouble } from './trouble.ts'

/** One job at one server. */
export interface Desk {
  readonly node: string
  readonly config: LxdNode
  readonly client: LxdClient
  readonly job: Job
  /** What every call of the API takes: the job's signal and the time that it has left. */
  options(): CallOptions
}

/** One server, whose client is made when it is first needed. */
export interface Server {
  readonly name: string
  readonly config: LxdNode
  client(): Promise<LxdClient>
  /** Works for a job. What LXD doesn't do is told as the system's trouble. */
  work<T>(job: Job, work: (desk: Desk) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Keeps a client of a server. Nothing is read or connected before it is used. */
export function keepServer(name: string, config: LxdNode, env: NodeJS.ProcessEnv): Server {
  let opening: Promise<LxdClient> | undefined
  const client = () => {
    // A certificate that is missing may be there at the next try.
    opening ??= endpointOf(name, config, env)
      .then(endpoint => openClient(endpoint, config.project))
      .catch((error: unknown) => {
        opening = undefined
        throw error
      })
    return opening
  }
  return {
    name,
    config,
    client,
    async work(job, work) {
      const options = () => ({ signal: job.signal, timeout: Math.max(1, job.deadline - job.clock.now()) })
      try {
        return await work({ node: name, config, client: await client(), job, options })
      } catch (error) {
        throw asTrouble(name, error)
      }
    },
    async close() {
      const made = await opening?.catch(() => undefined)
      made?.close()
    },
  }
}

/** Where a node's server is and what proves it. Rejects with `InvalidConfig`. */
async function endpointOf(name: string, config: LxdNode, env: NodeJS.ProcessEnv): Promise<Endpoint> {
  const { url, certificate, certificateKey, serverCertificate, serverFingerprint } = config
  if (url === undefined) return { socket: findSocket(env) }
  if (!/^https:/i.test(url)) return { socket: url.replace(/^unix:(\/\/)?/, '') }
  const parsed = endpointSchema.safeParse({
    url,
    cert: await read(name, 'certificate', certificate),
    key: await read(name, 'certificateKey', certificateKey),
    ...(serverFingerprint === undefined
      ? proofOf(name, await read(name, 'serverCertificate (or serverFingerprint)', serverCertificate))
      : { fingerprint: serverFingerprint }),
  })
  if (parsed.success) return parsed.data
  throw new InvalidConfig(`hypervisors.${name}: ${explainIssues(parsed.error.issues)}`)
}

async function read(name: string, setting: string, path: string | undefined): Promise<string> {
  if (path === undefined) {
    throw new InvalidConfig(`hypervisors.${name}: a server at an https url needs ${setting}`)
  }
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new InvalidConfig(`hypervisors.${name}: ${setting}: ${path} can't be read`, { cause })
  }
}

/** A server's certificate that it signed itself is compared as a whole; an authority's vouches for others. */
function proofOf(name: string, pem: string): { ca: string } | { fingerprint: string } {
  try {
    const certificate = new X509Certificate(pem)
    return certificate.ca ? { ca: pem } : { fingerprint: certificate.fingerprint256 }
  } catch (cause) {
    throw new InvalidConfig(`hypervisors.${name}: serverCertificate is no certificate in PEM`, { cause })
  }
}

import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'

const serverSchema = z.object({
  auth: z.enum(['trusted', 'untrusted']),
  api_version: z.string(),
  api_extensions: z.array(z.string()),
  /** A server that doesn't trust us tells no more than the above. */
  environment: z
    .object({
      server: z.string(),
      server_version: z.string(),
      server_name: z.string().default(''),
      driver: z.string().default(''),
      certificate_fingerprint: z.string().default(''),
    })
    .optional(),
})

/** Who a server is, and whether it trusts us. */
export type ServerInfo = z.output<typeof serverSchema>

/** Asks a server who it is; it answers strangers too, with less. */
export async function readServer(client: LxdClient, options: CallOptions): Promise<ServerInfo> {
  return (await client.read({ doing: 'asking for the server', path: '/1.0' }, serverSchema, options)).value
}

const projectSchema = z.object({ name: z.string(), description: z.string().default('') })

export type Project = z.output<typeof projectSchema>

/** The projects that we may see. */
export async function listProjects(client: LxdClient, options: CallOptions): Promise<Project[]> {
  const asked = { doing: 'listing projects', path: pathTo('projects'), query: { recursion: '1' } }
  return (await client.read(asked, z.array(projectSchema), options)).value
}

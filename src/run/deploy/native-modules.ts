import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import type { AgentPlatform } from '../../core/agents.ts'

/** The interface of the oldest Node that agents run on, by its number. */
const oldestAbi = 115

/** What zeromq says of each native module that it brings, as JSON in the keys of its manifest. */
const about = z.object({ os: z.string(), arch: z.string(), libc: z.string(), abi: z.number().default(0) })

/**
 * The files of zeromq's native modules for a platform, the newest interface first: they are made for Node's stable one, so
 * that newer Nodes take older modules too, and the older ones ask for less of the C library.
 */
export function nativeModules(zeromq: string, { os, arch, libc }: AgentPlatform): readonly string[] {
  const build = path.join(zeromq, 'build')
  const manifest = z
    .record(z.string(), z.string())
    .parse(JSON.parse(readFileSync(path.join(build, 'manifest.json'), 'utf8')))
  const fitting = Object.entries(manifest).flatMap(([key, file]) => {
    const { abi, ...module } = about.parse(JSON.parse(key))
    const fits = module.os === os && module.arch === arch && module.libc === libc && abi >= oldestAbi
    const at = path.join(build, ...file.split(/[\\/]/))
    return fits && existsSync(at) ? [{ abi, at }] : []
  })
  return [...new Set(fitting.sort((a, b) => b.abi - a.abi).map(({ at }) => at))]
}

import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { openSpillFolder } from '../../src/state/spill-folder.ts'
import { spillStoreConformance } from './spill-store.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))))

spillStoreConformance('a folder', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-spill-'))
  folders.push(folder)
  return openSpillFolder(path.join(folder, 'spilled'))
})

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { conformance } from '../../onprem-bridge/agents/conformance.ts'
import { foo, reach } from './reach.ts'

// The very cases that SSH and agents pass, but for those of folders.
conformance(
  'Run Command',
  async () => {
    const lab = await reach({ inlineLimit: 4_096, spoolLimit: 20_000_000 })
    const here = path.join(lab.folder, 'here')
    await mkdir(here)
    return { remote: await lab.open(), home: lab.instance(foo).folder, here, close: lab.close }
  },
  { folders: false },
)

import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { project, root } from '../cli/harness.ts'
import { offline } from '../support/offline.ts'

// What becomes of a project that is as it should be, test/functions/deployed.test.ts looks at.
test('a wrong project is refused in a sentence', async () => {
  const folder = await project({ 'reops.config.ts': 'export default {}' })
  const refused = promisify(execFile)(process.execPath, [path.join(root, 'infra/app.ts')], {
    cwd: folder,
    env: offline({ REOPS_PROJECT: folder, CDK_OUTDIR: path.join(folder, 'out') }),
  })
  await expect(refused).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^InvalidConfig: .*there are no flows here.*\n$/),
  })
})

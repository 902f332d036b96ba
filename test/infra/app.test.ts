import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { project, root } from '../cli/harness.ts'

// Whole commands are run, beside other tests.
vi.setConfig({ testTimeout: 120_000 })

const run = promisify(execFile)

/** No account, no region, no credentials, and no way out. */
function offline(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_|REOPS_)/.test(name))
  const nowhere = 'http://127.0.0.1:9'
  return {
    ...Object.fromEntries(others),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    ...more,
  }
}

/** The checks of the CDK itself, which take seconds, are left to the test of its command. */
const quick = JSON.stringify({ '@aws-cdk/core:validateAgainstDefaultRules': false })

const flows = `
  import * as z from 'zod'
  import { flow, hosts, ls, operation, pick, pipe, successful } from 're-ops'

  const lookup = operation({
    name: 'lookup', site: 'cloud', capability: 'dns', effect: 'read',
    schema: z.strictObject({ zone: z.string() }),
    handle: (_data: unknown, { zone }) => 'found ' + zone,
  })
  export const zones = flow({ input: z.strictObject({}), steps: lookup({ zone: 'home.example' }) })
  export const listing = flow({
    input: z.strictObject({}),
    steps: pipe(ls(hosts({ user: 'ops' }, ['attic']), '/'), pick(successful)),
  })
`

/** The files of a function's code, as they would be uploaded. */
async function codeOf(out: string, stack: string, capability: string): Promise<string> {
  const template = JSON.parse(await readFile(path.join(out, `${stack}.template.json`), 'utf8'))
  const found = Object.values<any>(template.Resources).find(
    one => one.Properties.FunctionName === `${stack}-${capability}`,
  )
  return path.join(out, `asset.${found.Properties.Code.S3Key.replace('.zip', '')}`)
}

test("a user's project is synthesised without an account or a network, its functions included", async () => {
  const folder = await project({ 'flows/index.ts': flows, 'reops.config.ts': 'export default {}' })
  const out = path.join(folder, 'out')
  await run(process.execPath, [path.join(root, 'infra/app.ts')], {
    cwd: folder,
    env: offline({ REOPS_PROJECT: folder, CDK_OUTDIR: out, CDK_CONTEXT_JSON: quick }),
  })
  const dns = await codeOf(out, 're-ops', 'dns')
  expect(await readdir(dns)).toContain('index.mjs')
  const chunks = (await readdir(dns, { recursive: true })).filter(name => name.endsWith('.mjs'))
  const code = await Promise.all(chunks.map(name => readFile(path.join(dns, name), 'utf8')))
  expect(code.join()).toContain('found ')
  const bridge = await codeOf(out, 're-ops', 'bridge')
  expect(await readdir(path.join(bridge, 'node_modules'))).toEqual(['zeromq'])
  // Bundles are made elsewhere and taken away again.
  expect((await readdir(folder)).sort()).toEqual(['flows', 'node_modules', 'out', 'reops.config.ts'])
})

test('the pinned command of the CDK synthesises the flows of this folder', async () => {
  const out = path.join(await project(), 'out')
  const cdk = path.join(root, 'node_modules/aws-cdk/bin/cdk')
  const { stdout } = await run(process.execPath, [cdk, 'list', '--output', out], {
    cwd: root,
    env: offline({ HOME: path.dirname(out) }),
  })
  expect(stdout.trim()).toBe('re-ops')
  expect(await readdir(out)).toContain('re-ops.template.json')
})

test('a wrong project is refused in a sentence', async () => {
  const folder = await project({ 'reops.config.ts': 'export default {}' })
  const refused = run(process.execPath, [path.join(root, 'infra/app.ts')], {
    cwd: folder,
    env: offline({ REOPS_PROJECT: folder, CDK_OUTDIR: path.join(folder, 'out') }),
  })
  await expect(refused).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^InvalidConfig: .*there are no flows here.*\n$/),
  })
})

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { start } from '../cli/command.ts'
import { makeProject } from '../cli/harness.ts'
import { leaveOut } from '../support/needs.ts'

/**
 * Against a real account, for who asks for it:
 *
 *   REOPS_AWS_LIVE=1 AWS_PROFILE=sandbox AWS_REGION=eu-central-1 npm run test:outside -- test/aws-live
 *
 * It deploys a stack of its own name, runs its flows there and here, compares, and takes the stack away with its data. The
 * account and region have to be prepared (reops deploy --bootstrap). It costs some cents at most; a stack that it could
 * not take away is named at the end.
 */
const needed =
  process.env.REOPS_AWS_LIVE === '1'
    ? {}
    : leaveOut('it needs an account of AWS: REOPS_AWS_LIVE=1 and credentials ask for it')

/** Milliseconds for a deployment, and for a run. */
const minutes = 60_000
const deployment = 15 * minutes
const running = 3 * minutes

const stack = `re-ops-live-${randomUUID().slice(0, 8)}`

const flows = `
import { flow, map, pick, pipe, query, source, transform } from 're-ops'
import * as z from 'zod'
const none = z.strictObject({})
export const counted = flow({ input: none, steps: pipe(source(20), query('$states.input + 1')) })
export const closure = flow({
  input: z.strictObject({ word: z.string() }),
  steps: pipe(source([1, 2, 3]), transform(function twice(items) { return items.map(item => item * 2) })),
})
export const large = flow({
  input: none,
  steps: pipe(source(100_000), transform(function spread(n) { return 'x'.repeat(n) }), transform(function size(text) { return text.length })),
})
export const broken = flow({ input: none, steps: pipe(source(1), transform(function fails() { throw new RangeError('no such disk') })) })
`

describe('a real account', needed, () => {
  let folder: string
  const reops = (words: readonly string[], timeout = running) =>
    start([...words, '--config', `${folder}/reops.config.ts`], {}, timeout).ended

  beforeAll(async () => {
    folder = await makeProject({
      'flows/index.ts': flows,
      'reops.config.ts': `export default { aws: { stack: ${JSON.stringify(stack)}, logDays: 1 } }\n`,
    })
    const { status, stderr } = await reops(['deploy', '--yes'], deployment)
    expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
  }, deployment)

  afterAll(async () => {
    const { status, stderr } = await reops(['destroy', '--cloud', '--data', '--yes'], 2 * deployment)
    await rm(folder, { recursive: true, force: true })
    if (status !== 0)
      throw new Error(`the stack ${stack} is left and has to be taken away by hand: ${stderr}`)
  }, 2 * deployment)

  test.each([['counted'], ['closure', '--input', 'word=hi'], ['large'], ['broken']])(
    '%s gives there what it gives here',
    { timeout: 2 * running },
    async (...words) => {
      const run = async (...more: string[]) => {
        const { status, stdout } = await reops(['run', ...words, '--json', ...more])
        const { result, summary, status: ended, error } = JSON.parse(stdout)
        return { status, result, summary, ended, error: error?.name }
      }
      expect(await run('--cloud')).toEqual(await run())
    },
  )

  test('show, executions and doctor tell of it', { timeout: running }, async () => {
    await reops(['run', 'counted', '--cloud', '--name', 'looked-at'])
    expect((await reops(['show', 'looked-at', '--cloud'])).stdout).toMatch(/^looked-at {2}succeeded/)
    const listed = JSON.parse((await reops(['executions', '--cloud', '--flow', 'counted', '--json'])).stdout)
    expect(listed.executions.map(({ name }: { name: string }) => name)).toContain('looked-at')
    const { checks } = JSON.parse((await reops(['doctor', '--json'])).stdout)
    expect(checks.find(({ name }: { name: string }) => name === 'stack').verdict).toBe('ok')
  })
})

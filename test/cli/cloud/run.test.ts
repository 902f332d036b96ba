import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { HostTrouble } from '../../../src/core/ports.ts'
import { WireError } from '../../fakes/aws/wire.ts'
import { plain } from '../bridge/laptop.ts'
import { type Answer, untilCancelled } from '../scripted-transport.ts'
import { bucket, openCloud } from './scene.ts'

const answer: Answer = (host, command, options) => {
  if (host.name === 'dusty') throw new HostTrouble('unreachable', 'dusty: nothing listens there')
  if (Array.isArray(command)) return `${command.slice(1).join(' ')}\n`
  if (command === 'large') return 'x'.repeat(300_000)
  if (command === 'slow') return untilCancelled(options)
  return 'up\n'
}

/** Waits until the fake has an execution of this name that runs. */
async function runs(scene: Awaited<ReturnType<typeof openCloud>>, name: string): Promise<void> {
  await expect.poll(() => scene.states.executions.get(name)?.status, { timeout: 10_000 }).toBe('RUNNING')
  await expect.poll(() => scene.aws.callsOf('states').includes('GetExecutionHistory')).toBe(true)
}

describe('run --cloud', () => {
  test('prints, and exits, as a run here does', async () => {
    const scene = await openCloud({ answer })
    for (const flow of [
      'greet',
      'bare',
      'counted',
      'gated',
      'gatedDusty',
      'hostless',
      'branches',
      'large',
      'threw',
    ]) {
      const here = await scene.reops(['run', flow])
      const there = await scene.reops(['run', flow, '--cloud'])
      expect([flow, plain(there.stdout)]).toEqual([flow, plain(here.stdout)])
      expect([flow, there.status]).toEqual([flow, here.status])
      expect([flow, plain(there.stderr)]).toEqual([flow, plain(here.stderr)])
    }
  })

  test('--json has the same document', async () => {
    const scene = await openCloud({ answer })
    for (const flow of ['counted', 'threw']) {
      const here = JSON.parse((await scene.reops(['run', flow, '--json', '--name', 'one'])).stdout)
      const there = JSON.parse(
        (await scene.reops(['run', flow, '--json', '--name', 'one', '--cloud'])).stdout,
      )
      delete here.error?.page
      delete there.error?.page
      expect(plain(JSON.stringify(there, null, 1))).toEqual(plain(JSON.stringify(here, null, 1)))
    }
  })

  test('starts a name and an input once, and answers them again', async () => {
    const scene = await openCloud({ answer })
    const words = ['run', 'greet', '--cloud', '--name', 'once', '--input', 'word=hi']
    const [first, again] = [await scene.reops(words), await scene.reops(words)]
    expect(plain(again.stdout)).toBe(plain(first.stdout))
    expect(scene.states.executions.size).toBe(1)
    const other = await scene.reops(['run', 'greet', '--cloud', '--name', 'once', '--input', 'word=ho'])
    expect(other.stderr).toContain('another input')
    expect(other.status).toBe(2)
  })

  test('bears with an AWS that is slow to know, busy, and hangs up after it has started one', async () => {
    const scene = await openCloud({ answer, states: { unknownFor: 3, pageSize: 4 } })
    scene.aws.next('states StartExecution', 'throttle', 'do it, then hang up')
    scene.aws.next('states GetExecutionHistory', 'hang up', 500)
    const { status, stdout } = await scene.reops(['run', 'counted', '--cloud', '--name', 'one'])
    expect(stdout).toMatch(/^2$/m)
    expect(status).toBe(1)
    expect(scene.states.executions.size).toBe(1)
  })

  test('an input that does not fit the schema is refused, and nothing is started', async () => {
    const scene = await openCloud({ answer })
    const { status, stderr } = await scene.reops(['run', 'greet', '--cloud', '--input', 'wrod=hi'])
    expect(stderr).toContain('wrod')
    expect(status).toBe(2)
    expect(scene.aws.callsOf('states')).toEqual([])
  })

  test('a part of the input that is too large travels by the bucket', async () => {
    const scene = await openCloud({ answer })
    const word = 'w'.repeat(100_000)
    const stdin = JSON.stringify({ word })
    await scene.reops(['run', 'greet', '--cloud', '--name', 'one', '--input-file', '-'], { stdin })
    expect(scene.states.executions.get('one')?.input.length).toBeLessThan(1_000)
    const kept = [...scene.s3.buckets.get(bucket)!.values()].map(({ bytes }) => bytes.toString())
    expect(kept).toContain(JSON.stringify(word))
  })

  test('says that the flow is another one here by now', async () => {
    const scene = await openCloud({ answer })
    const changed = `import { flow, source } from 're-ops'\nimport * as z from 'zod'\nexport const hostless = flow({ input: z.strictObject({}), steps: source(1) })\n`
    await writeFile(path.join(scene.folder, 'flows/changed.ts'), changed)
    const config = {
      flows: 'flows/changed.ts',
      aws: { region: 'eu-central-1', endpoint: scene.aws.endpoint },
    }
    await writeFile(path.join(scene.folder, 'other.config.ts'), `export default ${JSON.stringify(config)}\n`)
    const { stdout, stderr } = await scene.reops([
      'run',
      'hostless',
      '--cloud',
      '--config',
      'other.config.ts',
    ])
    expect(stderr).toContain(
      'hostless is deployed as it was before it was changed here; reops diff tells how',
    )
    expect(stdout).toContain('21')
  })

  test.each(['--bridge=none', '--timeout=5s', '--user=ops', '--concurrency=2'])('has no %s', async flag => {
    const scene = await openCloud()
    const { status, stderr } = await scene.reops(['run', 'bare', '--cloud', flag])
    expect(stderr).toContain('change it there, and reops deploy')
    expect(status).toBe(2)
  })

  test('a live line shows the state and its hosts, and is gone at the end', async () => {
    const scene = await openCloud({ answer })
    const calling = scene.start(['run', 'waiting', '--cloud', '--name', 'long'], { columns: 90 })
    await runs(scene, 'long')
    await new Promise(resolve => setTimeout(resolve, 700))
    calling.interrupt('SIGTERM')
    const { stderr, status } = await calling.done
    expect(stderr).toMatch(/… {2}wait/)
    expect(status).toBe(143)
  })
})

describe('Ctrl-C', () => {
  test('leaves it running where nobody can be asked', async () => {
    const scene = await openCloud({ answer })
    const calling = scene.start(['run', 'slow', '--cloud', '--name', 'long', '--json'])
    await runs(scene, 'long')
    calling.interrupt('SIGINT')
    const { status, stdout, stderr } = await calling.done
    expect(JSON.parse(stdout)).toEqual({ flow: 'slow', execution: 'long', status: 'running', result: null })
    expect(stderr).toContain('reops cancel long --cloud stops it')
    expect(status).toBe(130)
    expect(scene.states.executions.get('long')?.status).toBe('RUNNING')
  })

  test.each([
    ['y\n', 'ABORTED', '3 hosts: 3 unknown'],
    ['n\n', 'RUNNING', 'goes on in the cloud'],
    ['', 'RUNNING', 'goes on in the cloud'],
  ])('asks on a terminal; %j lets it be %s', async (typed, expected, said) => {
    const scene = await openCloud({ answer })
    const calling = scene.start(['run', 'slow', '--cloud', '--name', 'long'], { typed, columns: 100 })
    await runs(scene, 'long')
    calling.interrupt('SIGINT')
    const { status, stdout, stderr } = await calling.done
    expect(stderr).toContain('Stop long in the cloud too? [y/N]')
    expect(stripVTControlCharacters(stdout + stderr)).toContain(said)
    expect(status).toBe(130)
    expect(scene.states.executions.get('long')?.status).toBe(expected)
  })
})

describe('says what to do', () => {
  test('where nothing is deployed', async () => {
    const scene = await openCloud({ deployed: false })
    const { status, stderr } = await scene.reops(['run', 'bare', '--cloud'])
    expect(stderr).toContain('there is no stack re-ops in region eu-central-1: reops deploy makes it')
    expect(stderr).toContain('docs/errors/not-deployed.md')
    expect(status).toBe(1)
  })

  test('where this flow is not', async () => {
    const scene = await openCloud()
    const config = { aws: { region: 'eu-central-1', endpoint: scene.aws.endpoint } }
    const more = `export * from './index.ts'\nimport { flow, source } from 're-ops'\nimport * as z from 'zod'\nexport const fresh = flow({ input: z.strictObject({}), steps: source(1) })\n`
    await writeFile(path.join(scene.folder, 'flows/more.ts'), more)
    await writeFile(
      path.join(scene.folder, 'more.config.ts'),
      `export default ${JSON.stringify({ ...config, flows: 'flows/more.ts' })}\n`,
    )
    const { stderr } = await scene.reops(['run', 'fresh', '--cloud', '--config', 'more.config.ts'])
    expect(stderr).toContain('the flow fresh is not deployed; re-ops has greet, bare')
  })

  test.each([
    ['cloudformation DescribeStacks', 'ExpiredToken', 'expired', 'aws sso login'],
    ['cloudformation DescribeStacks', 'InvalidClientTokenId', 'invalid', 'does not take these credentials'],
    ['states StartExecution', 'AccessDeniedException', 'no', 'may not do states:StartExecution'],
    ['states StartExecution', 'ExecutionLimitExceeded', 'too many', 'refuses states:StartExecution'],
  ])('where %s answers %s', async (what, code, message, expected) => {
    const scene = await openCloud()
    scene.aws.next(what, new WireError(code, message, 403))
    const { status, stderr } = await scene.reops(['run', 'bare', '--cloud'])
    expect(stderr).toContain(expected)
    expect(status).toBe(1)
  })

  test('where nothing answers', async () => {
    const scene = await openCloud()
    await scene.aws.end()
    const { stderr } = await scene.reops(['run', 'bare', '--cloud'])
    expect(stderr).toContain(`AWS does not answer at ${scene.aws.endpoint}`)
  })
})

test('a project without flows says so', async () => {
  const scene = await openCloud()
  await rm(path.join(scene.folder, 'flows'), { recursive: true })
  expect((await scene.reops(['run', 'bare', '--cloud'])).status).toBe(2)
})

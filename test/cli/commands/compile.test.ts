import { describe, expect, test } from 'vitest'
import { call, project } from '../harness.ts'

const flows = `
  import * as z from 'zod'
  import { flow, sensor, transform, watch } from 're-ops'
  const input = z.strictObject({})
  const hidden = flow({ input, steps: transform(() => 0) })
  export const stopCloset = flow({ input, steps: transform(() => 1) })
  const heat = sensor('closet/temperature', z.number())
  const when = value => value > 70
  export const tooHot = watch('too-hot', { sensor: heat, when, flow: stopCloset, runs: 'cloud' })
  export const atHome = watch('at-home', { sensor: heat, when, flow: stopCloset })
  export const broken = watch('broken', { sensor: heat, when, flow: hidden, runs: 'cloud' })
`
const files = { 'flows/index.ts': flows }

describe('compile', () => {
  test.each(['too-hot', 'tooHot'])('prints the machine of a watch that AWS keeps: %s', async name => {
    const { status, stdout, stderr } = await call(await project(files), ['compile', name])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(Object.keys(JSON.parse(stdout).States)).toEqual(
      expect.arrayContaining(['decide', 'start stopCloset']),
    )
  })

  test('says of one that the daemon keeps how AWS would', async () => {
    const { status, stdout, stderr } = await call(await project(files), ['compile', 'at-home'])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/at-home is kept by the daemon.*runs: 'cloud'/)
  })

  test('of one that the configuration leaves to AWS prints it', async () => {
    const folder = await project({ ...files, 'reops.config.ts': "export default { runs: 'cloud' }" })
    const { status, stdout } = await call(folder, ['compile', 'at-home'])
    expect(status).toBe(0)
    expect(JSON.parse(stdout).Comment).toBe('Watch at-home')
  })

  test('refuses one whose flow has no name', async () => {
    const { status, stderr } = await call(await project(files), ['compile', 'broken'])
    expect(status).not.toBe(0)
    expect(stderr).toMatch(/"broken": flow: its flow is not exported/)
  })

  test.each([
    ['too-hat', /did you mean too-hot\?/],
    ['stopClosed', /did you mean stopCloset\?/],
    ['whatever-else', /there is no flow "whatever-else"/],
  ])('tells what was probably meant by %s', async (name, words) => {
    const { status, stderr } = await call(await project(files), ['compile', name])
    expect(status).not.toBe(0)
    expect(stderr).toMatch(words)
  })
})

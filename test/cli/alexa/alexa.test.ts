import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, makeProject, root } from '../harness.ts'

let folder: string
beforeAll(async () => {
  folder = await makeProject({
    'reops.config.ts': `export default {
      aws: { region: 'eu-west-1', account: '123456789012', alexa: { invocationNames: { 'de-DE': 'mein keller' } } },
    }`,
    'flows/index.ts': await readFile(path.join(root, 'test/functions/voices/flows.ts'), 'utf8'),
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('reops alexa model', () => {
  test('writes a skill package of every language, with its own name in each', async () => {
    const { status, stdout } = await call(folder, ['alexa', 'model', '--out', 'skill-package'])
    expect([status, stdout.trim().split('\n')]).toEqual([
      0,
      ['skill.json', 'interactionModels/custom/en-US.json', 'interactionModels/custom/de-DE.json'].map(
        name => `skill-package/${name}`,
      ),
    ])
    const read = async (name: string) =>
      JSON.parse(await readFile(path.join(folder, 'skill-package', name), 'utf8'))
    const { manifest } = await read('skill.json')
    expect(manifest.apis.custom.endpoint.uri).toBe(
      'arn:aws:lambda:eu-west-1:123456789012:function:re-ops-alexa',
    )
    expect(manifest.publishingInformation.locales['de-DE'].name).toBe('mein keller')
    const { languageModel } = (await read('interactionModels/custom/de-DE.json')).interactionModel
    expect(languageModel.invocationName).toBe('mein keller')
    expect(languageModel.intents.at(-1)).toEqual({ name: 'PlexOn', samples: ['plex an'] })
  })
})

describe('reops alexa say', () => {
  const say = (...words: string[]) => call(folder, ['alexa', 'say', ...words])

  test('answers as the skill would, with the flow run here', async () => {
    expect(await say('count to 3 on the server')).toMatchObject({
      status: 0,
      stdout: '3 < 6 & on big-iron\n',
    })
    expect(await say('count', '--slot', 'count=7')).toMatchObject({
      status: 1,
      stdout: 'On which machine?\n',
    })
    expect(await say('break it')).toMatchObject({
      status: 1,
      stdout: 'break it did not work. Its history says why.\n',
    })
    expect(await say('go away', '--yes')).toMatchObject({
      status: 0,
      stdout: 'Everything goes. Shall I?\nDone.\n',
    })
  })

  test('starts nothing dangerous where nobody can be asked, and says which words there are', async () => {
    const { status, stderr } = await say('go away')
    expect([status, stderr]).toEqual([2, expect.stringContaining('--yes does it without asking')])
    expect((await say('do magic')).stderr).toContain('no voice is heard by "do magic"; there are')
  })
})

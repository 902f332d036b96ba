import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as reops from 're-ops'
import { hostOperation, operation } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { definitionOf } from '../../src/core/operation/definition-of.ts'
import type { TaskStep } from '../../src/core/step.ts'
import { onpremOperations } from '../../src/operations/onprem.ts'

const closet = reops.hosts(['foo'])

describe('the definition of an operation', () => {
  test('is found from what its author calls', () => {
    const own = operation({
      name: 'own',
      site: 'onprem',
      effect: 'read',
      schema: z.strictObject({}),
      handle: () => null,
    })
    const onHosts = hostOperation({
      name: 'onHosts',
      effect: 'change',
      schema: z.strictObject({}),
      args: () => ({}),
      each: async () => null,
    })
    expect(definitionOf(own)).toBe((own({}).step as TaskStep).definition)
    expect(definitionOf(onHosts)).toMatchObject({ name: 'onHosts', onHosts: true, effect: 'change' })
    expect(definitionOf(reops.ls)).toMatchObject({ name: 'ls', site: 'onprem' })
  })

  test('is not found from anything else', () => {
    for (const other of [undefined, null, 5, 'ls', {}, () => {}, reops.pipe, reops.ls(closet, '/'), closet])
      expect(definitionOf(other)).toBeUndefined()
  })
})

describe('the operations on premises', () => {
  const known = onpremOperations()

  test('are all that the public index has, each once', () => {
    const found = Object.values<unknown>(reops).flatMap(call => definitionOf(call) ?? [])
    const names = found.filter(({ site }) => site === 'onprem').map(({ name }) => name)
    expect(names.length).toBeGreaterThan(30)
    expect(names.toSorted()).toEqual([...known.keys()].toSorted())
    for (const { name, site, ...rest } of found)
      if (site === 'onprem') expect(known.get(name)).toMatchObject(rest)
  })

  test('are every one that the sources define, so that none is made by hand without being found', () => {
    const root = path.join(import.meta.dirname, '../../src/operations')
    const defined = globSync('**/*.ts', { cwd: root }).flatMap(file => {
      const text = readFileSync(path.join(root, file), 'utf8').replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
      // What is defined with a name of its own; a maker of operations is given one.
      const makers =
        /\b(?:define|hostOperation|systemOperation|onSystems|resource|operation)\(\s*\{?\s*name: '([\w.-]+)'/g
      return [...text.matchAll(makers)].map(match => match[1]!)
    })
    const elsewhere = defined.filter(name => !known.has(name))
    // What executes in process, and what in the cloud.
    expect(elsewhere.toSorted()).toEqual(['alexa-reply', 'pretty', 'spotPrice'])
    expect(defined.length).toBe(known.size + elsewhere.length)
  })

  test('are the very ones that a pipeline calls', () => {
    const steps = [reops.ping(), reops.systems(), reops.provision(), reops.types(), reops.syncSystems()]
    for (const { step } of steps) {
      const { definition } = step as TaskStep
      expect(known.get(definition.name)).toBe(definition)
    }
  })
})

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type DemoCloset, openDemoCloset } from '../../../src/cli/demo/closet.ts'
import { needs } from '../../support/needs.ts'
import { openTerminal, type Terminal } from '../terminal.ts'

describe('the prompt on a terminal', needs('tmux'), () => {
  let closet: DemoCloset
  let state: string
  let terminal: Terminal | undefined

  beforeAll(async () => {
    closet = await openDemoCloset()
    state = await mkdtemp(path.join(tmpdir(), 'reops-repl-'))
  })

  afterEach(async () => {
    await terminal?.close()
    terminal = undefined
  })

  afterAll(async () => {
    await closet?.close()
    await rm(state, { recursive: true, force: true })
  })

  async function openPrompt(): Promise<Terminal> {
    terminal = await openTerminal(['repl', '--config', closet.config], { REOPS_STATE: state })
    await terminal.shows('reops>')
    return terminal
  }

  /** Types a line and waits for the prompt after it. */
  async function enter(
    { type, press, shows }: Terminal,
    line: string,
    what: string | RegExp,
  ): Promise<string> {
    await type(line)
    await press('Enter')
    return shows(what)
  }

  test('says what can be done, takes TypeScript and keeps what was awaited', async () => {
    const prompt = await openPrompt()
    expect(await prompt.screen()).toContain('A pipeline that is typed is run')
    await enter(prompt, 'const disks: number = await Promise.resolve(20)', /20\)\s*\nreops>$/)
    await enter(prompt, 'disks +', /\| $|\|$/)
    await enter(prompt, '1 as number', /^21$/m)
  })

  test('runs the pipeline that is typed, with a live line while it works', async () => {
    const prompt = await openPrompt()
    await enter(prompt, "exec(closet, 'sleep 1; cat etc/hostname')", /^2\/7 .*waiting for/m)
    const screen = await prompt.shows(/^7 hosts: 5 ok, 1 unreachable, 1 auth/m)
    expect(screen).toMatch(/^cellar +cellar$/m)
    expect(screen).not.toContain('waiting for')
  })

  test('cancels a run by Ctrl-C, shows what had finished, and goes on', async () => {
    const prompt = await openPrompt()
    await enter(prompt, "exec(closet, 'test $REOPS_HOST = foo || sleep 60')", /^3\/7 /m)
    await prompt.press('C-c')
    expect(await prompt.shows(/^7 hosts: 1 ok, .*4 cancelled.* cancelled$/m)).toMatch(/^foo +\(nothing\)$/m)
    await enter(prompt, "await run(exec(foo, 'sleep 60'))", /^0\/1 /m)
    await prompt.press('C-c')
    await prompt.shows(/ExecutionCancelled: adhoc-[0-9a-f]+ was cancelled/)
    await enter(prompt, '6 * 7', /^42$/m)
  })

  test('leaves what was submitted to itself when another line is cancelled', async () => {
    const prompt = await openPrompt()
    await enter(prompt, "const aside = await submit(exec(foo, 'sleep 2; echo through'))", /reops>$/)
    await enter(prompt, "exec(bar, 'sleep 60')", /^0\/1 /m)
    await prompt.press('C-c')
    await prompt.shows(/1 cancelled/)
    await enter(prompt, '(await aside.result()).successful[0].value.stdout', "'through\\n'")
  })

  test('prints what the background publishes above what is being typed', async () => {
    const prompt = await openPrompt()
    await enter(prompt, "void submit(pipe(exec(foo, 'sleep 1; echo from afar'), pretty()))", /reops>$/)
    await prompt.type('1 + ')
    await prompt.shows(/^foo {2}from afar\nreops> 1 \+$/m)
    await enter(prompt, '1', /^2$/m)
  })

  test('completes operations, flows, members, and hosts inside a string', async () => {
    const prompt = await openPrompt()
    for (const [typed, completed] of [
      ['succes', 'reops> successful'],
      ['listi', 'reops> listing'],
      ['.plan listi', 'reops> .plan listing'],
      ['bigIron.hos', 'reops> bigIron.hosts'],
      ["hosts(['big", "reops> hosts(['big-iron"],
    ] as const) {
      await prompt.type(typed)
      // Node's own grey suggestion stands there before Tab makes it text; the cursor behind it proves which.
      await prompt.cursorAt('reops> '.length + typed.length)
      await prompt.press('Tab')
      await prompt.cursorAt(completed.length)
      await prompt.shows(completed)
      await prompt.press('C-u')
      await prompt.cursorAt('reops> '.length)
    }
  })

  test('remembers what was typed when it is opened again, for its owner alone', async () => {
    const first = await openPrompt()
    await enter(first, "'remember me'", /^'remember me'$/m)
    await first.press('C-d')
    await first.shows('left with 0')
    await first.close()
    const history = path.join(state, 'repl_history')
    expect((await stat(history)).mode & 0o777).toBe(0o600)
    expect(await readFile(history, 'utf8')).toContain("'remember me'")
    const second = await openPrompt()
    await second.press('Up')
    await second.shows("reops> 'remember me'")
  })

  test('is left by Ctrl-C twice at an empty prompt, and not by once', async () => {
    const prompt = await openPrompt()
    await prompt.type('half a li')
    await prompt.press('C-c')
    await enter(prompt, '1 + 1', /^2$/m)
    await prompt.press('C-c')
    await prompt.shows('To exit, press Ctrl+C again')
    await prompt.press('C-c')
    await prompt.shows('left with 0')
  })

  test('interrupts a loop that never ends', async () => {
    const prompt = await openPrompt()
    await enter(prompt, "console.log('round'); while (true) {}", /^round$/m)
    await prompt.press('C-c')
    await prompt.shows('interrupted')
    await enter(prompt, '6 * 7', /^42$/m)
  })
})

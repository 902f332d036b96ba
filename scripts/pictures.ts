// Draws the pictures of the pages: real commands on a real terminal (tmux), over the embedded closet. It needs tmux.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { showCost } from './pictures/cost.ts'
import { drawTerminal } from './pictures/svg.ts'
import { openTerminal, type Terminal, withoutColours } from './pictures/terminal.ts'
import { showWatch } from './pictures/watch.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pictures = path.join(root, 'docs/pictures')
/** Columns of a picture, and of the terminal behind it: that is wider, because its paths are longer. */
const columns = 112
const behind = 240

/** Saves what a terminal shows, without the scratch folder that the closet lies in. */
async function save(name: string, title: string, shown: string, folder: string): Promise<void> {
  const text = shown
    .replaceAll(new RegExp(`${folder}/closet-\\w+/`, 'g'), 'closet/')
    .replaceAll(`${folder}/`, '')
    .replaceAll('bin/reops.js', 'reops')
    .trimEnd()
  const file = path.join(pictures, `${name}.svg`)
  await writeFile(file, drawTerminal(text, { columns, title }))
  process.stdout.write(`${path.relative(root, file)}\n`)
}

/** The lines from the first that has one text to the first after it that has another. */
function between(shown: string, from: string | RegExp, to: string | RegExp): string {
  const lines = shown.split('\n')
  const plain = lines.map(withoutColours)
  const has = (line: string, text: string | RegExp) =>
    typeof text === 'string' ? line.includes(text) : text.test(line)
  const first = plain.findIndex(line => has(line, from))
  const last = plain.findIndex((line, index) => index > first && has(line, to))
  return lines.slice(first, last + 1).join('\n')
}

async function drawStart(terminal: Terminal): Promise<string> {
  await terminal.type('npm start')
  const shown = await terminal.until('reops>')
  const folder = /--config (\S+)\/reops\.config\.ts/.exec(withoutColours(shown))?.[1]
  if (folder === undefined) throw new Error('the demonstration names no configuration')
  const listing = between(shown, 'Seven SSH hosts', 'The flow again').split('\n').slice(0, -2).join('\n')
  await save(
    'start',
    'npm start: a flow over seven hosts, of which one is down and one refuses the key',
    `$ npm start\n${listing}`,
    folder,
  )
  return folder
}

async function drawLive(terminal: Terminal, folder: string): Promise<void> {
  const command = 'tar cz backup log | wc -c; sleep $(( $(wc -l < etc/fstab) * 3 ))'
  await terminal.type(`reops exec closet -- '${command}'`)
  await save(
    'live',
    'The live line of a command at work',
    await terminal.until('waiting for bar, big-iron, attic'),
    folder,
  )
}

async function drawPrompt(terminal: Terminal, folder: string): Promise<void> {
  await terminal.type('reops repl')
  await terminal.until('reops>')
  const lines = [
    "const size = pipe(exec(closet, 'du -sk backup | cut -f1'), map(r => Number(r.stdout)))",
    'const large = pipe(size, pick(r => r.ok && r.value > 250))',
    'large',
    "pipe(large, exec('cat notes.txt'))",
  ]
  const prompts = (count: number) => (shown: string) => shown.split('reops>').length > count
  for (const [index, line] of lines.entries()) {
    await terminal.type(line)
    await terminal.until(prompts(index + 2))
  }
  const shown = await terminal.until(prompts(lines.length + 1))
  await save('prompt', 'Pipelines typed at the prompt', shown, folder)
}

await mkdir(pictures, { recursive: true })
const bin = path.dirname(process.execPath)
const systemPath = `${bin}:${process.env.PATH}`
await using first = await openTerminal({ columns: behind, folder: root, path: systemPath })
const folder = await drawStart(first)
// What a person has who installed the package.
await symlink(path.join(root, 'bin/reops.js'), path.join(folder, 'reops'))
const place = { columns: behind, folder, path: `${folder}:${systemPath}` }
{
  await using terminal = await openTerminal({ ...place, columns })
  await drawLive(terminal, folder)
}
{
  await using terminal = await openTerminal(place)
  await drawPrompt(terminal, folder)
}
{
  await using terminal = await openTerminal({ ...place, columns })
  const shown = await showCost(terminal, folder, root)
  await save(
    'cost',
    'What flows cost in AWS, of one execution and of a month at their schedules',
    shown,
    folder,
  )
}
{
  await using terminal = await openTerminal({ ...place, columns })
  const shown = await showWatch(terminal, folder, root, systemPath)
  await save('watch', 'What sensors say, and why a watch waits and another one acted', shown, folder)
}
await first.type('.exit')
await first.until(shown => /\.exit\n\$/.test(shown))

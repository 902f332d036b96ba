import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { sensor } from '../../../src/core/sensor.ts'
import { watch } from '../../../src/core/watch.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { openDatabase, openWatchStore } from '../../../src/state/sqlite/index.ts'
import { createBoard } from '../../../src/triggers/watch/board.ts'
import { createKeeper } from '../../../src/triggers/watch/keeper.ts'
import { noted } from './make.ts'

// Keeps a watch of a closet that is too hot, and dies before or after it starts what it decided to; or does not.
const [folder, dies] = process.argv.slice(2) as [string, 'before' | 'after' | 'never']
const heat = sensor('heat', { maxAge: '1h' })
const tooHot = watch('too-hot', { sensor: heat, when: value => value > 70, on: 'edge', flow: noted })
const store = openWatchStore(openDatabase(path.join(folder, 'state.db')))
const board = createBoard()
const keeper = createKeeper([tooHot], {
  clock: systemClock,
  store,
  board,
  nameOf: () => 'noted',
  notice: text => process.stderr.write(`${text}\n`),
  askFlow: async () => null,
  async startFlow(_flow, _input, { name }) {
    if (dies === 'before') process.kill(process.pid, 'SIGKILL')
    // An execution of a name is begun once, as the executions' store has it.
    if (!existsSync(path.join(folder, name))) {
      writeFileSync(path.join(folder, name), '')
      appendFileSync(path.join(folder, 'begun'), `${name}\n`)
    }
    if (dies === 'after') process.kill(process.pid, 'SIGKILL')
  },
})
await keeper.start()
const at = keeper.steady.now()
board.put(heat.name, heat.topic, { known: true, value: 75, at, until: at + 3_600_000 })
while (store.decisions({ acted: true })[0]?.action?.carried !== 'started') await systemClock.sleep(5)
await keeper.close()
process.stdout.write(`${store.decisions({ acted: true }).length} decided\n`)

// How commands by Run Command are looked after, on a clock of its own: the calls that AWS gets for hosts whose commands
// begin together, against looking at each every two seconds, how much later than it is an end is seen, and the processor
// time that looking takes of us, the client of AWS left out. Its waiting is not measured: it costs nobody anything.
import { scripted, until } from '../test/transports/ssm/scripted.ts'

const rows = [['hosts', 'seconds', 'calls', 'every 2 s', 'calls/s', 'seen later', 'processor/command']]
for (const hosts of [1, 10, 64, 500])
  for (const seconds of [1, 10, 60, 600]) {
    const { clock, calls, count, begin } = scripted()
    const from = clock.now()
    const late: number[] = []
    const cpu = process.cpuUsage()
    const all = Array.from({ length: hosts }, async (_, at) => {
      // Not all of them take the same time.
      const ms = seconds * 1_000 * (1 + at / hosts / 5)
      await begin(`c${at}`, ms).ended
      late.push(clock.now() - from - ms)
    })
    await until(clock, Promise.all(all))
    const { user, system } = process.cpuUsage(cpu)
    const steady = hosts * Math.ceil((seconds * 1.1) / 2)
    rows.push([
      String(hosts),
      String(seconds),
      `${calls.length} (${count('List')} lists)`,
      String(steady),
      `${(calls.length / (seconds * 1.2)).toFixed(1)}`,
      `${Math.round(late.reduce((sum, ms) => sum + ms, 0) / hosts)} ms`,
      `${((user + system) / hosts / 1_000).toFixed(2)} ms`,
    ])
  }
const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
for (const row of rows)
  process.stdout.write(`${row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')}\n`)

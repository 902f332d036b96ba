import { isSensor, type Sensor } from '../core/sensor.ts'
import { InvalidSensor } from '../core/sensors/invalid.ts'
import { isWatch, sensorsOf, type Watch } from '../core/watch.ts'
import { InvalidWatch } from '../core/watches/invalid.ts'
import { InvalidWemo } from '../core/wemo/invalid.ts'
import { isWemo, type Wemo } from '../core/wemo.ts'

/** As many as a person has names for. */
const mostWemos = 100

type Exported = Readonly<Record<string, unknown>>

/** The watches among what a file exports, by their names. Throws `InvalidWatch` where two have the same. */
export function watchesIn(exported: Exported): Map<string, Watch> {
  const watches = new Map<string, Watch>()
  for (const watch of unique(exported, isWatch)) {
    if (watches.has(watch.name))
      throw new InvalidWatch(watch.name, 'name', 'two watches are called so; what they remember would be one')
    watches.set(watch.name, watch)
  }
  return watches
}

/** The sensors among what a file exports, and those that its watches look at, by their names. Throws `InvalidSensor` where two have the same. */
export function sensorsIn(exported: Exported): Map<string, Sensor> {
  const sensors = new Map<string, Sensor>()
  const watched = [...watchesIn(exported).values()].flatMap(({ source }) => sensorsOf(source))
  for (const sensor of new Set([...unique(exported, isSensor), ...watched])) {
    if (sensors.has(sensor.name))
      throw new InvalidSensor(sensor.name, 'name', 'two sensors are called so; give one of them another name')
    sensors.set(sensor.name, sensor)
  }
  return sensors
}

/**
 * The switches among what a file exports. Throws `InvalidWemo` where two are called the same, and for one whose flows are not
 * exported: what is started has a name.
 */
export function wemosIn(exported: Exported): readonly Wemo[] {
  const wemos = [...unique(exported, isWemo)]
  const flows = new Set(Object.values(exported))
  const names = new Set<string>()
  for (const { name, on, off } of wemos) {
    if (names.has(name.toLowerCase()))
      throw new InvalidWemo(name, 'name', 'two switches are called so; an Echo could not tell them apart')
    names.add(name.toLowerCase())
    if (names.size > mostWemos)
      throw new InvalidWemo(name, 'name', `it is one of more than ${mostWemos}, and each has a port`)
    for (const [field, { flow }] of Object.entries({ on, off }))
      if (!flows.has(flow))
        throw new InvalidWemo(name, field, 'its flow is not exported; export it beside the switch')
  }
  return wemos
}

/** One value may be exported by two names. */
function unique<T>(exported: Exported, is: (value: unknown) => value is T): Set<T> {
  return new Set(Object.values(exported).filter(is))
}

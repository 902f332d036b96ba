import { isSensor, type Sensor } from '../core/sensor.ts'
import { InvalidSensor } from '../core/sensors/invalid.ts'
import { isWatch, type Watch } from '../core/watch.ts'
import { InvalidWatch } from '../core/watches/invalid.ts'

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
  const watched = [...watchesIn(exported).values()].flatMap(({ source }) =>
    source.kind === 'sensor'
      ? [source.sensor]
      : source.kind === 'sensors'
        ? Object.values(source.sensors)
        : [],
  )
  for (const sensor of new Set([...unique(exported, isSensor), ...watched])) {
    if (sensors.has(sensor.name))
      throw new InvalidSensor(sensor.name, 'name', 'two sensors are called so; give one of them another name')
    sensors.set(sensor.name, sensor)
  }
  return sensors
}

/** One value may be exported by two names. */
function unique<T>(exported: Exported, is: (value: unknown) => value is T): Set<T> {
  return new Set(Object.values(exported).filter(is))
}

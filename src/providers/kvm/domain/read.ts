import { ownValue } from '../../../core/own-value.ts'
import { readTold } from '../../../core/systems/told.ts'
import { readXml, type XmlElement } from '../xml/read.ts'
import { metadataUri } from './told.ts'

/** What a domain's definition says. Sizes are MiB. */
export interface DomainFacts {
  readonly name: string
  readonly uuid: string
  readonly cpu: number | undefined
  readonly ram: number | undefined
  readonly disks: readonly DiskFacts[]
  readonly cards: readonly CardFacts[]
  readonly told: ReturnType<typeof readTold>
}

export interface DiskFacts {
  readonly device: string
  readonly pool: string | undefined
  readonly volume: string | undefined
  readonly file: string | undefined
}

export interface CardFacts {
  readonly mac: string
  readonly kind: string
  /** The network or the bridge. */
  readonly source: string | undefined
}

/** Reads a domain's definition, whoever wrote it. */
export function readDomain(xml: string): DomainFacts {
  const domain = readXml(xml)
  const devices = domain.find('devices')
  return {
    name: domain.find('name')?.text ?? '',
    uuid: domain.find('uuid')?.text ?? '',
    cpu: whole(domain.find('vcpu')?.attribute('current') ?? domain.find('vcpu')?.text),
    ram: mib(domain.find('currentMemory') ?? domain.find('memory')),
    disks: (devices?.children('disk') ?? []).map(readDisk),
    cards: (devices?.children('interface') ?? []).map(readCard),
    told: readTold(toldIn(domain)),
  }
}

function readDisk(disk: XmlElement): DiskFacts {
  const source = disk.find('source')
  return {
    device: disk.find('target')?.attribute('dev') ?? '',
    pool: source?.attribute('pool'),
    volume: source?.attribute('volume'),
    file: source?.attribute('file'),
  }
}

function readCard(card: XmlElement): CardFacts {
  const source = card.find('source')
  return {
    mac: (card.find('mac')?.attribute('address') ?? '').toLowerCase(),
    kind: card.attribute('type') ?? '',
    source: source?.attribute('network') ?? source?.attribute('bridge'),
  }
}

/** The prefix is the writer's own choice, the namespace is not. */
function toldIn(domain: XmlElement): string | undefined {
  const system = domain.find('metadata')?.children('reops:system') ?? []
  return system.find(one => one.attribute('xmlns:reops') === metadataUri)?.text
}

function whole(text: string | undefined): number | undefined {
  const number = Number(text?.trim())
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

const units: Readonly<Record<string, number>> = {
  KiB: 1 / 1024,
  MiB: 1,
  GiB: 1024,
  b: 2 ** -20,
  bytes: 2 ** -20,
}

function mib(memory: XmlElement | undefined): number | undefined {
  const amount = whole(memory?.text)
  const unit = ownValue(units, memory?.attribute('unit') ?? 'KiB')
  return amount === undefined || unit === undefined ? undefined : Math.floor(amount * unit)
}

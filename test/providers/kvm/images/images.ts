/** A disk's first sector with the mark of a partition table. */
export const bootRecord = Buffer.alloc(512)
bootRecord.writeUInt16LE(0xaa55, 510)

export interface Qcow2Fields {
  readonly version?: number
  readonly features?: bigint
  readonly clusterBits?: number
  readonly size?: bigint
  readonly encryption?: number
  readonly headerLength?: number
  readonly backing?: { readonly offset: bigint; readonly size: number }
  readonly name?: string
  readonly compression?: number
  readonly snapshots?: number
  readonly extension?: { readonly type: number; readonly length: number }
}

/** The first cluster of a qcow2 image of version 3, with anything in it that a test wants. */
export function qcow2(fields: Qcow2Fields = {}): Buffer {
  const headerLength = fields.headerLength ?? 112
  const head = Buffer.alloc(65_536)
  head.write('QFI\xfb', 0, 'latin1')
  head.writeUInt32BE(fields.version ?? 3, 4)
  head.writeBigUInt64BE(fields.backing?.offset ?? 0n, 8)
  head.writeUInt32BE(fields.backing?.size ?? 0, 16)
  head.writeUInt32BE(fields.clusterBits ?? 16, 20)
  head.writeBigUInt64BE(fields.size ?? 2n ** 30n, 24)
  head.writeUInt32BE(fields.encryption ?? 0, 32)
  head.writeUInt32BE(fields.snapshots ?? 0, 60)
  head.writeBigUInt64BE(fields.features ?? 0n, 72)
  head.writeUInt32BE(headerLength, 100)
  head.writeUInt8(fields.compression ?? 0, 104)
  if (fields.extension) {
    head.writeUInt32BE(fields.extension.type, 112)
    head.writeUInt32BE(fields.extension.length, 116)
  }
  if (fields.name !== undefined) head.write(fields.name, Number(fields.backing?.offset), 'utf8')
  return head
}

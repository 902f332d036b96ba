import type { Json } from '../json.ts'

/** What a system of a type offers to others. */
export interface Exposed {
  readonly name: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
}

/** A type of systems, as data. */
export interface KnownType {
  readonly id: string
  readonly description: string
  readonly exposes: readonly Exposed[]
  /** Types whose plans are gone through before its own, in their order. */
  readonly needs: readonly string[]
  /** What its systems may be given, as JSON Schema. */
  readonly args: Json
}

/** The types of systems that are known here. */
export interface TypesPort {
  list(): readonly KnownType[]
  /** What is wrong with arguments for a type, in a sentence, or with asking for it at all. */
  problemOf(type: string, args: Json): string | undefined
}

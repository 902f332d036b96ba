import type * as z from 'zod'
import type { Permission } from './aws.ts'
import type { Context, ExecutionInfo } from './context.ts'
import type { Json } from './json.ts'

/** Where a step executes: the author's closures, the cloud's APIs, or the closet. */
export type Site = 'code' | 'cloud' | 'onprem'

/**
 * What a repeated call does. `read` changes nothing, `idempotent` ends in the same state, `change` may do its
 * work twice, so that it is never repeated without being asked for.
 */
export type Effect = 'read' | 'idempotent' | 'change'

/** What a closure is told besides its data. */
export interface About<Input = any> {
  /** The input of the execution, as its flow's schema parsed it. */
  readonly input: Input
  readonly execution: ExecutionInfo
}

/** An author's function, kept beside the state that calls it; `step` is that state's name. */
export type Closure = (data: any, about: About, step: string) => unknown

/**
 * How an operation executes in the cloud that executes on premises by itself. The compiler takes it where a pipeline is
 * about the cloud alone.
 */
export interface InCloud {
  /** The capability whose function executes it, such as `ec2`. */
  readonly capability: string
  /** The substitution that names that function. */
  readonly functionName: string
  readonly permissions: readonly Permission[]
  /** Seconds that one call may take until the engine ends its state. */
  readonly timeoutSeconds: number
  /** It works for so many seconds at a time, and is called again after a pause for whoever isn't done. */
  readonly slice?: { readonly seconds: number; readonly pauseSeconds: number } | undefined
  /** Whether it makes hosts that are in the cloud alone, with these arguments: a pipeline may begin with it. */
  readonly begins?: ((args: any) => boolean) | undefined
}

/** Everything known of an operation: the value that `operation()` is given, its defaults filled in. */
export interface Definition {
  readonly name: string
  readonly site: Site
  readonly effect: Effect
  readonly schema: z.ZodType
  /** It acts on hosts and answers an outcome. */
  readonly onHosts: boolean
  /** It publishes its data and answers it unchanged. */
  readonly passes: boolean
  /** With `check: true` among its arguments it says what it would change, and changes nothing. */
  readonly checks?: true
  /** Seconds that the state may take before the engine ends it. */
  readonly timeoutSeconds: number
  /** Seconds without a sign of life after which the engine takes whoever works for dead. */
  readonly heartbeatSeconds: number | undefined
  /** The substitution that names the function which answers in the cloud, such as `Ec2Function`. */
  readonly functionName: string
  /** What it may do in AWS, where it executes in the cloud. */
  readonly permissions?: readonly Permission[] | undefined
  /** Absent for what executes nowhere but at its site. */
  readonly inCloud?: InCloud | undefined
  /** One line that says what it does with these arguments, for plans and state names. */
  readonly describe: (args: any) => string
  readonly handle: (data: any, args: any, context: Context) => unknown
}

/** How data that is too large for a state travels on: whole, or by its items or fields, which stay visible. */
export type Spill = 'whole' | 'items' | 'fields'

export interface TaskStep {
  readonly kind: 'task'
  readonly definition: Definition
  readonly label: string
  /** The author chose the label, so it is used as it is or refused. */
  readonly own?: boolean | undefined
  readonly args: Json
  readonly closure?: Closure | undefined
  /** The text of the author's function, by which a changed one is noticed. */
  readonly text?: string | undefined
  readonly spill?: Spill | undefined
}

export interface RetryPolicy {
  readonly attempts: number
  readonly seconds: number
  readonly backoff: number
  readonly maxSeconds: number
  readonly jitter: boolean
  readonly codes: readonly string[]
}

/** The syntax tree of a pipeline. Combinators build it, interpreters read it, and nothing in it runs by itself. */
export type Step =
  | TaskStep
  | { readonly kind: 'source'; readonly label: string; readonly own?: boolean; readonly value: Json }
  | { readonly kind: 'query'; readonly label: string; readonly own?: boolean; readonly expression: string }
  | { readonly kind: 'flow'; readonly input: TaskStep; readonly body: Step }
  | { readonly kind: 'pipe'; readonly steps: readonly Step[] }
  | { readonly kind: 'when'; readonly gate: TaskStep }
  | {
      readonly kind: 'choose'
      readonly test: TaskStep
      readonly yes: Step
      readonly no: Step | undefined
    }
  | {
      readonly kind: 'parallel'
      readonly label: string
      readonly own?: boolean
      readonly branches: readonly Step[]
    }
  | {
      readonly kind: 'each'
      readonly items: TaskStep
      readonly body: Step
      readonly concurrency: number
      readonly atMost: number | undefined
    }
  | {
      readonly kind: 'wait'
      readonly label: string
      readonly own?: boolean
      readonly seconds?: number
      readonly until?: string
    }
  | {
      readonly kind: 'poll'
      readonly body: Step
      readonly until: TaskStep
      readonly everySeconds: number
      readonly timeoutSeconds: number
    }
  | { readonly kind: 'retry'; readonly body: Step; readonly policy: RetryPolicy }
  | { readonly kind: 'timeout'; readonly body: Step; readonly seconds: number }
  | {
      readonly kind: 'recover'
      readonly body: Step
      readonly handler: Step
      readonly errors: readonly string[]
    }
  | { readonly kind: 'fallback'; readonly body: Step; readonly via: string }

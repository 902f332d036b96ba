import type { Json } from './json.ts'

/**
 * Amazon States Language in its JSONata form, as data: what the compiler writes and the executor reads. A
 * field typed `Template` is JSON in which any string written `{% … %}` is a JSONata expression.
 */

/** A JSONata expression as ASL writes it: `{% $states.input.a %}`. */
export type Expression = `{%${string}%}`

/** JSON whose strings may be expressions, at any depth. */
export type Template = Json

/** Variables to set when a state ends: a name without its `$`, and its new value. */
export type Assignments = Readonly<Record<string, Template>>

/** A whole state machine. `TimeoutSeconds` bounds the execution. */
export interface StateMachine extends StateGraph {
  readonly Comment?: string
  readonly QueryLanguage: 'JSONata'
  readonly Version?: '1.0'
  readonly TimeoutSeconds?: number
}

/** States that lead to one another, entered at `StartAt`: a machine, a branch, or a Map's processor. */
export interface StateGraph {
  readonly Comment?: string
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

export type State =
  | TaskState
  | PassState
  | ChoiceState
  | WaitState
  | ParallelState
  | MapState
  | SucceedState
  | FailState

export type StateType = State['Type']

interface Described {
  readonly Comment?: string
  readonly QueryLanguage?: 'JSONata'
}

/** Where a state leads: exactly one of the two is present. */
interface Leading {
  readonly Next?: string
  readonly End?: true
}

interface Answering {
  readonly Assign?: Assignments
  readonly Output?: Template
}

/** What may be tried again and caught: Task, Parallel and Map. */
interface Failing {
  readonly Retry?: readonly Retrier[]
  readonly Catch?: readonly Catcher[]
}

export interface Retrier {
  readonly Comment?: string
  readonly ErrorEquals: readonly string[]
  /** Seconds before the first retry; AWS's default is 1. */
  readonly IntervalSeconds?: number
  /** Retries, not attempts; AWS's default is 3, and 0 means never. */
  readonly MaxAttempts?: number
  /** What each interval is multiplied with; AWS's default is 2. */
  readonly BackoffRate?: number
  readonly MaxDelaySeconds?: number
  readonly JitterStrategy?: 'FULL' | 'NONE'
}

export interface Catcher {
  readonly Comment?: string
  readonly ErrorEquals: readonly string[]
  readonly Next: string
  readonly Assign?: Assignments
  readonly Output?: Template
}

/** Credentials that AWS assumes for a Task: a role's ARN, or an expression that gives it. */
export interface TaskCredentials {
  readonly RoleArn: string
}

export interface TaskState extends Described, Leading, Answering, Failing {
  readonly Type: 'Task'
  /** The ARN of what is called, with `.waitForTaskToken` or `.sync:2` where it is waited for. */
  readonly Resource: string
  readonly Arguments?: Template
  readonly TimeoutSeconds?: number | Expression
  readonly HeartbeatSeconds?: number | Expression
  readonly Credentials?: TaskCredentials
}

export interface PassState extends Described, Leading, Answering {
  readonly Type: 'Pass'
}

/** Where a rule leads, and what it sets on the way. */
export interface ChoiceRule {
  readonly Comment?: string
  /** A boolean or an expression that gives one. */
  readonly Condition: boolean | Expression
  readonly Next: string
  readonly Assign?: Assignments
  readonly Output?: Template
}

export interface ChoiceState extends Described, Answering {
  readonly Type: 'Choice'
  readonly Choices: readonly ChoiceRule[]
  readonly Default?: string
}

/** Waits for a time or until one: exactly one of the two is present. */
export interface WaitState extends Described, Leading, Answering {
  readonly Type: 'Wait'
  readonly Seconds?: number | Expression
  /** ISO 8601 with a zone, or an expression that gives it. */
  readonly Timestamp?: string
}

export interface ParallelState extends Described, Leading, Answering, Failing {
  readonly Type: 'Parallel'
  readonly Arguments?: Template
  readonly Branches: readonly StateGraph[]
}

export interface ProcessorConfig {
  readonly Mode?: 'INLINE' | 'DISTRIBUTED'
  /** Only in DISTRIBUTED, where AWS demands it. */
  readonly ExecutionType?: 'STANDARD' | 'EXPRESS'
}

export interface ItemProcessor extends StateGraph {
  readonly ProcessorConfig?: ProcessorConfig
}

/** Reads a DISTRIBUTED Map's items from a store instead of its input. */
export interface ItemReader {
  readonly Resource: string
  readonly Arguments?: Template
  readonly ReaderConfig?: ReaderConfig
}

export interface ReaderConfig {
  readonly InputType?: 'JSON' | 'JSONL' | 'CSV' | 'MANIFEST' | 'PARQUET'
  readonly MaxItems?: number | Expression
  readonly CSVHeaderLocation?: 'FIRST_ROW' | 'GIVEN'
  readonly CSVHeaders?: readonly string[]
  readonly CSVDelimiter?: 'COMMA' | 'PIPE' | 'SEMICOLON' | 'SPACE' | 'TAB'
  readonly ItemsPointer?: string
  readonly ManifestType?: 'S3_INVENTORY' | 'ATHENA_DATA'
  readonly Transformation?: 'NONE' | 'LOAD_AND_FLATTEN'
}

/** Puts several items into one child execution's input, `{ BatchInput, Items }`. */
export interface ItemBatcher {
  readonly BatchInput?: Template
  readonly MaxItemsPerBatch?: number | Expression
  readonly MaxInputBytesPerBatch?: number | Expression
}

/** Writes a DISTRIBUTED Map's results to a store. */
export interface ResultWriter {
  readonly Resource?: string
  readonly Arguments?: Template
  readonly WriterConfig?: {
    readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN'
    readonly OutputType?: 'JSON' | 'JSONL'
  }
}

export interface MapState extends Described, Leading, Answering, Failing {
  readonly Type: 'Map'
  /** An array, or an expression that gives one; without it the input is the array. */
  readonly Items?: readonly Template[] | Expression
  readonly ItemProcessor: ItemProcessor
  readonly ItemSelector?: Template
  readonly ItemReader?: ItemReader
  readonly ItemBatcher?: ItemBatcher
  readonly ResultWriter?: ResultWriter
  /** 0 means without a limit. */
  readonly MaxConcurrency?: number | Expression
  readonly ToleratedFailurePercentage?: number | Expression
  readonly ToleratedFailureCount?: number | Expression
  readonly Label?: string
}

export interface SucceedState extends Described {
  readonly Type: 'Succeed'
  readonly Output?: Template
}

export interface FailState extends Described {
  readonly Type: 'Fail'
  readonly Error?: string
  readonly Cause?: string
}

export { choose } from './core/combinators/choose.ts'
export { type EachOptions, each } from './core/combinators/each.ts'
export { merge } from './core/combinators/merge.ts'
export { parallel } from './core/combinators/parallel.ts'
export { pipe } from './core/combinators/pipe.ts'
export { type Caught, fallback, type RetryOptions, recover, retry } from './core/combinators/retry.ts'
export { poll, timeout, wait } from './core/combinators/time.ts'
export { type Predicate, type Verdict, when } from './core/combinators/when.ts'
export { type Config, type ConfigInput, defineConfig } from './core/config.ts'
export type { Context, ExecutionInfo, Progress } from './core/context.ts'
export type { Duration } from './core/duration.ts'
export { ReopsError } from './core/errors.ts'
export { type Flow, flow } from './core/flow.ts'
export { type Host, type Hosts, type HostsOptions, hosts } from './core/hosts.ts'
export type { Json } from './core/json.ts'
export { named } from './core/named.ts'
export { checkOnly, type Unknown } from './core/operation/check-only.ts'
export type { HostAtWork } from './core/operation/host-at-work.ts'
export {
  type HostOperation,
  type HostOperationOptions,
  hostOperation,
} from './core/operation/host-operation.ts'
export { map, transform } from './core/operation/map.ts'
export { type Operation, type OperationOptions, operation } from './core/operation/operation.ts'
export { failed, type HostPredicate, type HostResult, pick, successful } from './core/operation/pick.ts'
export { some } from './core/operation/some.ts'
export { query, source } from './core/operation/source.ts'
export type { Failure, FailureCode, Left, OnHosts, Outcome, Success } from './core/outcome.ts'
export { type CommandResult, HostTrouble } from './core/ports.ts'
export { expression, type Ref, type Refs } from './core/ref.ts'
export { run, submit } from './core/run.ts'
export {
  type Execution,
  ExecutionCancelled,
  type ExecutionEvent,
  ExecutionFailed,
  type RunOptions,
} from './core/runtime.ts'
export { nextFirings } from './core/schedule/firings.ts'
export { cron, type DayOfMonth, every, once, type Weekday } from './core/schedule/when.ts'
export { type Schedule, type ScheduleOptions, schedule, type When } from './core/schedule.ts'
export { type Sensor, type SensorOptions, sensor } from './core/sensor.ts'
export { onOff, tasmota, zigbee2mqtt } from './core/sensors/devices.ts'
export { isSkipped, type Skipped } from './core/skipped.ts'
export type { About, Effect, Site } from './core/step.ts'
export { tagged, typed } from './core/systems/labels.ts'
export {
  cpus,
  type Ec2Options,
  ec2,
  image,
  inDomain,
  kvm,
  large,
  login,
  lxd,
  medium,
  memory,
  networked,
  preset,
  rootDisk,
  small,
  uefi,
  volume,
} from './core/systems/presets.ts'
export {
  all,
  broken,
  either,
  hypervisor,
  matching,
  not,
  running,
  type Selector,
  type SystemPredicate,
  stopped,
  withIds,
  withIp,
} from './core/systems/select.ts'
export type { Preset, SpecWord } from './core/systems/spec.ts'
export type { System, SystemState } from './core/systems/system.ts'
export { type Plan, type Type, type TypeOptions, type } from './core/systems/type.ts'
export type { Provisioned } from './core/systems/type-flows.ts'
export type { Exposed, KnownType } from './core/systems/types-port.ts'
export { type Voice, type VoiceOptions, voice } from './core/voice.ts'
export { type Watch, watch } from './core/watch.ts'
export { type SecretPlace, type Webhook, type WebhookOptions, webhook } from './core/webhook.ts'
export { type Wemo, type WemoOptions, wemo } from './core/wemo.ts'
export {
  type AgentDeployed,
  type AgentFunction,
  type AgentOptions,
  type AgentRemoved,
  agentFunction,
  type Collected,
  type CollectedOptions,
  type Collecting,
  type CollectOptions,
  collect,
  collected,
  type DeployAgentOptions,
  deployAgent,
  type Evaluated,
  type EvaluateOptions,
  evaluate,
  type FileEntry,
  type InstalledPackages,
  listFiles,
  listPackages,
  listProcesses,
  listServices,
  type Process,
  pingAgents,
  type RemoveAgentOptions,
  removeAgent,
  type Service,
  type Stats,
  stats,
  type UpgradeAgentOptions,
  upgradeAgent,
} from './operations/agents/index.ts'
export { alexa, type Speech } from './operations/alexa/index.ts'
export {
  type BringUpClosetOptions,
  bringUpCloset,
  bringUpStage,
  type ClosetMember,
  type ClosetOptions,
  type ClosetOutcome,
  type ClosetStage,
  type ClosetTurn,
  closetTurn,
  type ShutdownClosetOptions,
  type StageDownOptions,
  type StageUpOptions,
  shutdownCloset,
  shutdownStage,
  type ToShutDownOptions,
  toBringUp,
  toShutDown,
} from './operations/closet/index.ts'
export { type EmailOptions, email } from './operations/notify/index.ts'
export { pretty } from './operations/output/pretty.ts'
export {
  type AboutResource,
  type Changed,
  type CommonOptions,
  type DirectoryOptions,
  directory,
  type FileOptions,
  file,
  type InPipe,
  type LineOptions,
  lineInFile,
  type PackagesOptions,
  type ProvisionOptions,
  packages,
  provision,
  type ResourceOptions,
  resource,
  type ScriptOnceOptions,
  type ServiceOptions,
  type SymlinkOptions,
  scriptOnce,
  service,
  symlink,
  type TemplateOptions,
  template,
  types,
  type UserOptions,
  user,
  whenChanged,
} from './operations/provision/index.ts'
export {
  type Command,
  type DownloadOptions,
  download,
  type ExecOptions,
  exec,
  type Facts,
  facts,
  type Launched,
  ls,
  mkdir,
  type NohupOptions,
  nohup,
  ping,
  rm,
  type ScriptOptions,
  type SyncOptions,
  script,
  sync,
  type UploadOptions,
  upload,
} from './operations/remote/index.ts'
export {
  type SpotChange,
  type SpotPool,
  type SpotPriceOptions,
  type SpotPrices,
  spotPrice,
} from './operations/spot/index.ts'
export {
  byIp,
  byName,
  type CloneOptions,
  type CreateOptions,
  clone,
  create,
  type Description,
  type Destroyed,
  type DestroyOptions,
  describeSystem,
  destroy,
  type JobOptions,
  type ListedSystem,
  listSystems,
  type ReadyOptions,
  type Repaired,
  type RepairOptions,
  type ResizeTo,
  type RestartOptions,
  type RevertOptions,
  ready,
  repair,
  resize,
  restart,
  revert,
  type StartOptions,
  type StopOptions,
  type Synced,
  type SyncSystemsOptions,
  type SystemOperation,
  type SystemPast,
  snapshot,
  start,
  stop,
  syncSystems,
  systemHistory,
  systems,
  toHosts,
  type Way,
  type WayOptions,
  type Worked,
} from './operations/systems/index.ts'

import { randomUUID } from 'node:crypto'
import { type FakeParameters, fakeParameters } from './parameters.ts'
import type { FakeS3 } from './s3.ts'
import { type Ran, runScript, type Script } from './ssm-instance.ts'
import { jsonReply, type WireCall, WireError, type WireReply, type WireService } from './wire.ts'

/** An instance as Systems Manager sees it. Tests change it while they go on. */
export interface FakeInstance {
  /** The folder in which its commands begin: its HOME. */
  readonly folder: string
  ping?: 'Online' | 'ConnectionLost' | 'Inactive'
  platform?: 'Linux' | 'Windows'
  /** Besides PATH and HOME. */
  env?: Readonly<Record<string, string>>
  /** Whether its role may write into the bucket. */
  uploads?: boolean
  /** Its agent takes no commands: they stay pending until they are cancelled, or nobody waits for them any more. */
  deaf?: boolean
}

interface Command {
  readonly id: string
  readonly instanceId: string
  readonly comment: string
  readonly requested: number
  readonly bucket: string | undefined
  readonly prefix: string
  readonly urls: boolean
  status: string
  details: string
  script?: Script
  ran?: Ran
  /** Calls that do not see it yet. */
  unseen: number
}

export interface FakeSsm extends WireService {
  readonly instances: Map<string, FakeInstance>
  readonly parameters: FakeParameters
  /** The commands that were made, in their order. */
  readonly commands: readonly { readonly id: string; readonly instanceId: string; readonly status: string }[]
  /** How often the next commands are not seen by GetCommandInvocation right after they were made. */
  hide(times: number): void
  /** Ends the next command at once with these details, such as `Undeliverable`. */
  endNext(status: string, details: string): void
  /** Kills what still runs. */
  end(): Promise<void>
}

/** AWS's limits. */
const inline = { stdout: 24_000, stderr: 8_000 }
const largestRequest = 64 * 1_024
const suffix = '\n---Output truncated---'

/**
 * Systems Manager: Run Command, whose scripts are really executed in a shell of this machine, and Parameter Store. Output
 * is cut as AWS cuts it, and whole in the bucket of S3; what a signal of the agent ended hands nothing over.
 */
export function fakeSsm(options: { s3?: FakeS3; pageSize?: number } = {}): FakeSsm {
  const { s3, pageSize = 50 } = options
  const instances = new Map<string, FakeInstance>()
  const parameters = fakeParameters()
  const commands: Command[] = []
  let hidden = 0
  let next: readonly [string, string] | undefined

  const start = (command: Command, json: any, instance: FakeInstance) => {
    command.status = command.details = 'InProgress'
    const seconds = Number(json.Parameters.executionTimeout?.[0] ?? 3_600)
    const env = { HOME: instance.folder, ...instance.env }
    command.script = runScript(instance.folder, json.Parameters.commands, seconds, env)
    command.script.ended.then(ran => {
      if (command.bucket && instance.uploads !== false)
        for (const stream of ['stdout', 'stderr'] as const)
          if (ran[stream].length > 0) s3?.store(command.bucket, keyOf(command, stream), ran[stream])
      command.ran = ran
      ;[command.status, command.details] =
        ran.why === 'cancelled'
          ? ['Cancelled', 'Cancelled']
          : ran.why === 'timed out'
            ? ['TimedOut', 'ExecutionTimedOut']
            : ran.code === 0
              ? ['Success', 'Success']
              : ['Failed', 'Failed']
    })
  }
  const send = (json: any): WireReply => {
    const ids: string[] = json.InstanceIds ?? []
    if (json.DocumentName !== 'AWS-RunShellScript') throw new WireError('InvalidDocument', 'no such document')
    const lines = json.Parameters?.commands
    if (!Array.isArray(lines)) throw new WireError('InvalidParameters', 'commands is required')
    if (Buffer.byteLength(JSON.stringify(json)) > largestRequest)
      throw new WireError('MaxDocumentSizeExceeded', 'The size limit of a document is 64 KB.')
    if (lines.some((line: string) => /\{\{/.test(line)))
      throw new WireError('InvalidParameters', 'a parameter that is referred to is not there')
    if (!(json.TimeoutSeconds >= 30))
      throw new WireError('ValidationException', 'timeoutSeconds: at least 30')
    for (const id of ids)
      if (!instances.has(id) || instances.get(id)?.ping === 'Inactive')
        throw new WireError('InvalidInstanceId', 'Instances not in a valid state for account')
    const [instanceId = ''] = ids
    const command: Command = {
      id: randomUUID(),
      instanceId,
      comment: json.Comment ?? '',
      requested: Date.now(),
      bucket: json.OutputS3BucketName,
      prefix: json.OutputS3KeyPrefix ?? '',
      urls: json.OutputS3BucketName !== undefined,
      status: 'Pending',
      details: 'Pending',
      unseen: hidden,
    }
    hidden = 0
    commands.push(command)
    const instance = instances.get(instanceId)!
    if (next) [command.status, command.details] = next
    else if (!instance.deaf) start(command, json, instance)
    next = undefined
    return jsonReply({
      Command: { CommandId: command.id, InstanceIds: ids, Status: 'Pending', Comment: command.comment },
    })
  }
  const find = ({ CommandId, InstanceId }: { CommandId: string; InstanceId?: string }) =>
    commands.find(({ id, instanceId }) => id === CommandId && (!InstanceId || instanceId === InstanceId))

  return {
    name: 'ssm',
    protocol: 'json',
    instances,
    parameters,
    commands,
    hide: times => {
      hidden = times
    },
    endNext: (status, details) => {
      next = [status, details]
    },
    async end() {
      for (const { script } of commands) script?.cancel()
      await Promise.all(commands.map(({ script }) => script?.ended))
    },
    handle(call: WireCall) {
      const { action, json } = call
      switch (action) {
        case 'SendCommand':
          return send(json)
        case 'GetCommandInvocation': {
          const command = find(json)
          if (!command || command.unseen-- > 0)
            throw new WireError('InvocationDoesNotExist', 'Invocation does not exist')
          return jsonReply(invocationOf(command))
        }
        case 'ListCommandInvocations':
          return list(json, commands, pageSize)
        case 'CancelCommand': {
          const command = find({ CommandId: json.CommandId })
          if (!command) throw new WireError('InvalidCommandId', 'no such command')
          if (command.script) command.script.cancel()
          else if (command.status === 'Pending') command.status = command.details = 'Cancelled'
          return jsonReply({})
        }
        case 'DescribeInstanceInformation':
          return describe(json, instances, pageSize)
      }
      const reply = parameters.handle(call)
      if (reply) return reply
      throw new WireError('UnknownOperationException', action)
    },
  }
}

function keyOf({ prefix, id, instanceId }: Command, stream: string): string {
  return `${prefix}/${id}/${instanceId}/awsrunShellScript/0.awsrunShellScript/${stream}`
}

function invocationOf(command: Command) {
  const { id, instanceId, comment, status, details, ran, urls, bucket } = command
  const told = status === 'Success' || status === 'Failed'
  const url = (stream: string) =>
    urls && told ? `https://s3.eu-central-1.amazonaws.com/${bucket}/${keyOf(command, stream)}` : ''
  // What the agent says itself stands below what the script said.
  const added = ran && ran.code !== 0 ? `\nfailed to run commands: exit status ${ran.code}` : ''
  return {
    CommandId: id,
    InstanceId: instanceId,
    Comment: comment,
    DocumentName: 'AWS-RunShellScript',
    PluginName: 'aws:runShellScript',
    ResponseCode: ran?.code ?? -1,
    Status: status,
    StatusDetails: details,
    StandardOutputContent: told && ran ? cut(ran.stdout.toString(), inline.stdout) : '',
    StandardErrorContent: told && ran ? cut(ran.stderr.toString() + added, inline.stderr) : '',
    StandardOutputUrl: url('stdout'),
    StandardErrorUrl: url('stderr'),
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most - suffix.length) + suffix
}

function list(json: any, commands: readonly Command[], pageSize: number): WireReply {
  const after = json.Filters?.find(({ key }: { key: string }) => key === 'InvokedAfter')?.value
  if (after !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(after))
    throw new WireError('InvalidFilterValue', after)
  const found = commands
    .filter(
      ({ id, instanceId, requested }) =>
        (json.CommandId === undefined || json.CommandId === id) &&
        (json.InstanceId === undefined || json.InstanceId === instanceId) &&
        (after === undefined || requested >= Date.parse(after)),
    )
    .toReversed()
  const start = Number(json.NextToken ?? 0)
  const end = start + Math.min(json.MaxResults ?? pageSize, pageSize)
  return jsonReply({
    CommandInvocations: found.slice(start, end).map(command => {
      const { CommandId, InstanceId, Comment, Status, StatusDetails } = invocationOf(command)
      return {
        CommandId,
        InstanceId,
        Comment,
        Status,
        StatusDetails,
        RequestedDateTime: command.requested / 1_000,
      }
    }),
    ...(end < found.length ? { NextToken: String(end) } : {}),
  })
}

function describe(json: any, instances: FakeSsm['instances'], pageSize: number): WireReply {
  const ids = json.Filters?.find(({ Key }: { Key: string }) => Key === 'InstanceIds')?.Values as
    | string[]
    | undefined
  const found = [...instances].filter(([id]) => ids === undefined || ids.includes(id))
  const start = Number(json.NextToken ?? 0)
  const end = start + Math.min(json.MaxResults ?? pageSize, pageSize)
  return jsonReply({
    InstanceInformationList: found.slice(start, end).map(([id, { ping = 'Online', platform = 'Linux' }]) => ({
      InstanceId: id,
      PingStatus: ping,
      PlatformType: platform,
      LastPingDateTime: Date.now() / 1_000,
      AgentVersion: '3.3.0.0',
    })),
    ...(end < found.length ? { NextToken: String(end) } : {}),
  })
}

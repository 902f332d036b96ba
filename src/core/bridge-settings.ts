import * as z from 'zod'

/** A public key as CURVE's tools write it: 40 characters of Z85. */
export const publicKey = z
  .string()
  .regex(
    /^[0-9a-zA-Z.\-:+=^!/*?&<>()[\]{}@%$#]{40}$/,
    'a public key is 40 characters, as reops keys show prints it',
  )

/** Whom to dial. */
export const bridgeUrl = z
  .string()
  .regex(
    /^tcp:\/\/(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):\d{1,5}$/,
    'the address of a bridge is tcp://<host>:<port>, such as tcp://closet.lan:5760',
  )

/** Where to listen: `*` is every address of the machine. */
const endpoint = z
  .string()
  .regex(
    /^tcp:\/\/(?:\*|\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]+):(?:\d{1,5}|\*)$/,
    'an endpoint is tcp://<address>:<port>, such as tcp://*:5760 or tcp://127.0.0.1:5760',
  )

/** What `bridge` in `reops.config.ts` may say: how a bridge is found, and how one listens here. */
export const bridgeSettingsSchema = z.strictObject({
  /** The bridge whose closet commands and prompts work on, or the relay that leads there. */
  url: bridgeUrl.optional(),
  /** The bridge's public key. Without it nobody knows whom they talk to, so it is never left out. */
  key: publicKey.optional(),
  /** The relay's public key, where `url` is a relay. */
  relayKey: publicKey.optional(),
  /** Our own key pair, relative to the configuration; `bridge/client.key` in the state folder otherwise. */
  clientKey: z.string().min(1).optional(),
  /** What agents dial to reach the bridge of this machine, such as tcp://closet.lan:5761; where it listens when left out. */
  agentsUrl: bridgeUrl.optional(),
  /** Where the bridge of this machine listens. */
  listen: z
    .strictObject({
      /** For submitters and readers. */
      jobs: endpoint.default('tcp://*:5760'),
      agents: endpoint.default('tcp://*:5761'),
      /** Metrics and health over plain HTTP, which is why it is loopback; `false` for none. */
      metrics: z
        .union([
          z
            .string()
            .regex(
              /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/,
              'metrics listen at <address>:<port>, such as 127.0.0.1:5763',
            ),
          z.literal(false),
        ])
        .default('127.0.0.1:5763'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Jobs at work at once. Each may fan out over many hosts. */
      running: z.int().min(1).max(10_000).default(64),
      /** Jobs that wait, of all submitters; then the bridge is busy. */
      waiting: z.int().min(1).max(1_000_000).default(10_000),
      /** Jobs of one submitter that wait, so that one doesn't crowd out the others. */
      waitingEach: z.int().min(1).max(1_000_000).default(2_000),
      /** Days that ended jobs and their answers are kept. */
      keepDays: z.int().min(1).max(3_650).default(30),
    })
    .prefault({}),
  /**
   * The folders of the bridge's own machine that steps of others may touch, relative to the configuration: those that
   * `upload`, `sync` and files of provisioning are read from, and those that `download` writes into. The state folder is
   * never among them.
   */
  files: z
    .strictObject({
      read: z.array(z.string().min(1)).readonly().default(['.']),
      write: z.array(z.string().min(1)).readonly().default([]),
    })
    .prefault({}),
  /**
   * Where jobs with a task token are answered; without it they are refused. The region is the environment's when it is
   * left out, the endpoint the region's.
   */
  stepFunctions: z
    .strictObject({
      region: z.string().min(1).optional(),
      endpoint: z.url().optional(),
      /** The stack's bucket, for answers that are too large for a state; without it those fail. */
      bucket: z.string().min(3).optional(),
    })
    .optional(),
  /** The relay of a closet behind NAT: where the bridge dials it, and where a relay on this machine listens. */
  relay: z
    .strictObject({
      /** The bridge dials this relay instead of being dialled. */
      url: bridgeUrl.optional(),
      /** That relay's public key. */
      key: publicKey.optional(),
      /** Where `reops relay` listens for submitters. */
      listen: endpoint.default('tcp://*:5762'),
      /** Where it listens for the bridge. */
      listenBridge: endpoint.default('tcp://*:5764'),
      /** The public key of the bridge that it lets in there. */
      bridge: publicKey.optional(),
    })
    .refine(({ url, key }) => url === undefined || key !== undefined, {
      message: 'a relay is dialled by its key; reops keys show on the relay prints it',
      path: ['key'],
    })
    .prefault({}),
})

/** The settings of bridges, with their defaults filled in. */
export type BridgeSettings = z.output<typeof bridgeSettingsSchema>

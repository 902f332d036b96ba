import * as z from 'zod'
import { password } from './systems/nodes.ts'

const path = z.string().min(1)

/** What `broker` of `reops.config.ts` may say: where sensors tell what they measure. */
export const brokerSchema = z.strictObject({
  /** `mqtt://mosquitto.lan`, or `mqtts://` with TLS; port 1883 or 8883 when left out. */
  url: z.url({
    protocol: /^mqtts?$/,
    error: 'a broker is written like mqtt://mosquitto.lan:1883 or mqtts://…',
  }),
  username: z.string().min(1).optional(),
  password: password.optional(),
  /** The certificate of who signed the broker's, relative to the configuration; those that the system trusts when left out. */
  ca: path.optional(),
  /** Our own certificate and its key, for brokers that want one. */
  certificate: path.optional(),
  certificateKey: path.optional(),
  /** MQTT 5, or 4 for a broker that speaks 3.1.1 alone. */
  protocolVersion: z.union([z.literal(4), z.literal(5)]).default(5),
  /** By which the broker knows us: two of one name put each other out. A new one at each start when left out. */
  clientId: z
    .string()
    .regex(/^[\w.:-]{1,64}$/, 'a client id has up to 64 letters, digits and ._:-')
    .optional(),
  /** Seconds between signs of life; a broker that is silent for one and a half times as long is gone. */
  keepalive: z.int().min(1).max(3_600).default(30),
  /** Seconds until a broker that does not answer is given up, and tried again. */
  connectTimeout: z.number().positive().max(300).default(10),
})

export type BrokerSettings = z.output<typeof brokerSchema>

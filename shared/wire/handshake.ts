import { z } from 'zod';
import { nameLengthMax, namePattern, nameWording } from '../model/name-text.ts';
import { valueTypes } from '../model/value-type.ts';
import type { Refusal } from './acknowledgement.ts';
import { writableSchema } from './command.ts';

/** Version of the conversation on Socket.IO namespace `/edge`. A cloud refuses a version it does not speak with `protocol-unknown`. */
export const protocolVersion = 1;

const whole = z.number().int().nonnegative();

const configurationVersion = z.string().min(1).max(100);

const name = z.string().min(1).max(nameLengthMax).regex(namePattern, nameWording);

export const tagDeclarationSchema = z.strictObject({
  number: whole.max(0xffffffff),
  source: name,
  name,
  type: z.enum(valueTypes),
  scaled: z.boolean(),
  unit: z.string().max(50),
  description: z.string().max(500),
  maxSilentMs: z.number().positive(),
});

/** `hello`, the first event after connecting; nothing else is listened to before its acknowledgement. */
export const helloSchema = z.object({
  protocol: whole,
  epoch: whole,
  agentVersion: z.string().max(50),
  /** Another text when the agent is configured otherwise; absent from agents that do not tell. */
  configurationVersion: configurationVersion.optional(),
  /** Every tag a batch still on disk or to come may name. */
  tags: z.array(tagDeclarationSchema).max(200_000),
  /** Of these the tags that may be written; absent where writing is switched off. */
  writable: writableSchema.optional(),
  /** True where the gateway takes a configuration from the cloud. */
  remoteConfiguration: z.boolean().optional(),
  /** True where people at the gateway may write its tags too, unless the answer says that a second person must approve. */
  localWrites: z.boolean().optional(),
});
export type Hello = z.infer<typeof helloSchema>;

/** The cloud's answer: what it has of this epoch, so that nothing is sent twice, and how many batches may be on the way. */
export interface HelloAnswer {
  readonly accepted: true;
  /** Sequence ranges stored of this epoch, inclusive, ascending. */
  readonly stored: readonly (readonly [number, number])[];
  readonly batchesInFlightMax: number;
  /** The newest version of a `TelemetryBatch` the cloud reads; absent: 1. */
  readonly batchVersion?: number;
  /** Pins of the keys the cloud shows over TLS, now or soon; absent where it knows of none. */
  readonly cloudKeys?: readonly string[];
  /** Highest version of `conditions` the cloud takes; absent: none, and the gateway keeps what it has of them. */
  readonly conditions?: number;
  /**
   * To a gateway with `localWrites`: whether a second person must approve what is written through it. When that changes the
   * connection ends at the next heartbeat, and the next hello learns it. Absent: an older cloud, which cannot say.
   */
  readonly secondApprover?: boolean;
}

const helloAnswerSchema = z.union([
  z.object({
    accepted: z.literal(true),
    stored: z.array(z.tuple([whole, whole])),
    batchesInFlightMax: whole.positive(),
    batchVersion: whole.optional(),
    cloudKeys: z.array(z.string()).optional(),
    conditions: whole.optional(),
    secondApprover: z.boolean().optional(),
  }),
  z.object({ accepted: z.literal(false), code: z.string(), detail: z.string(), advice: z.string() }),
]);

/** Whether that is what a cloud answers to `hello`; fields a later one adds do not matter. */
export function isHelloAnswer(answer: unknown): answer is HelloAnswer | Refusal {
  return helloAnswerSchema.safeParse(answer).success;
}

/** Name of a public key: SHA-256 of its SubjectPublicKeyInfo, as base64. */
export const pinPattern = /^sha256\/[A-Za-z0-9+/]{43}=$/;

/** `cloud-keys`, from the cloud to every gateway connected, when its keys change: what the hello answer says, anew. */
export const cloudKeysSchema = z.array(z.string().regex(pinPattern)).max(20);

/** `tags`: declarations made after the handshake (a reloaded configuration), sent before any batch that names them. */
export const tagsSchema = z.array(tagDeclarationSchema).max(200_000);

/** First argument of `batch`; the second is the encoded TelemetryBatch. It is outside the bytes so that an unreadable batch still has a name. */
export const batchHeaderSchema = z.object({ epoch: whole, sequence: whole });
export type BatchHeader = z.infer<typeof batchHeaderSchema>;

const rate = z.number().nonnegative();

/** `heartbeat`, every few seconds: how the gateway is. Never stored as telemetry. */
export const heartbeatSchema = z.object({
  /** As in `hello`; another one when the configuration was reloaded since. Absent: not told. */
  configurationVersion: configurationVersion.optional(),
  backlogBatches: whole,
  backlogBytes: whole,
  capacityBytes: whole,
  /** UTC epoch ms of the oldest sample not yet acknowledged; null without backlog. */
  oldestTime: z.number().nullable(),
  samplesPerSecond: rate,
  gapsTotal: whole,
  /** From sending a batch to the answer that it is durable, over the last minute; null: none was. Absent: not measured. */
  acknowledgementMs: z.object({ p50: rate, p99: rate }).nullable().optional(),
  sources: z.array(
    z.object({
      name: z.string(),
      driver: z.string(),
      state: z.enum(['connecting', 'connected', 'failing', 'stopped']),
      detail: z.string().max(500),
      tags: whole.optional(),
      /**
       * Samples that are due by the configuration, and those read in the last minute (null before one has passed), each a
       * second and before any deadband. Null: the source reports by itself what changes, so none is due. Absent: not told.
       */
      polled: z.object({ duePerSecond: rate, readPerSecond: rate.nullable() }).nullable().optional(),
    }),
  ),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
export type SourceHealth = Heartbeat['sources'][number];

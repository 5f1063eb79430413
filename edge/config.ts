import { join } from 'node:path';
import { Problem } from '@gongfu/shared/base/problem';
import { bytesSchema } from '@gongfu/shared/config/bytes';
import { durationBetween } from '@gongfu/shared/config/duration';
import { loadConfig } from '@gongfu/shared/config/load';
import type { Environment } from '@gongfu/shared/config/substitution';
import { gatewayNamePattern } from '@gongfu/shared/model/gateway-name';
import { pinPattern } from '@gongfu/shared/wire/handshake';
import { z } from 'zod';
import { sourcesSchema } from './source-config.ts';

const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text));

/** The edge program's configuration file; every key with its default is in deploy/docs/edge-config.md. */
export const edgeConfigSchema = z.strictObject({
  gateway: z.strictObject({
    name: z
      .string()
      .regex(
        gatewayNamePattern,
        'must be 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first',
      ),
  }),
  uplink: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/, error: 'must be the address of the cloud, as "https://cloud.example:8080"' })
        .transform((url) => url.replace(/\/+$/, '')),
      code: optionalText,
      /** PEM file of the authority that signed the cloud's certificate, instead of the system's. */
      ca: optionalText,
      /** Pins of keys of the cloud that are always accepted. */
      cloudKeys: z
        .array(z.string().regex(pinPattern, 'must be a pin, as "sha256/" and 44 characters of base64'))
        .default([]),
      /** Learns the cloud's key at enrolment and refuses any other from then on. */
      pinCloudKey: z.boolean().default(true),
    })
    .optional(),
  buffer: z.strictObject({
    path: z.string().min(1),
    maxBytes: bytesSchema.pipe(z.number().min(2 ** 20, 'must be at least 1MiB')).prefault('2GiB'),
    onFull: z.literal('drop-oldest').default('drop-oldest'),
    commitInterval: durationBetween(1, 10_000).prefault('50ms'),
  }),
  status: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.number().int().min(0).max(65535).default(8081),
    })
    .prefault({}),
  /** Whether tags with `write` may be written, and whether from the gateway itself too; without it nothing is. */
  commands: z
    .strictObject({ enabled: z.boolean(), local: z.boolean().default(false) })
    .refine(({ enabled, local }) => enabled || !local, {
      path: ['local'],
      error: 'needs enabled: true, as nothing is written without it',
    })
    .optional(),
  /** What the cloud may configure; without it nothing. */
  remote: z
    .strictObject({
      configuration: z.boolean().default(false),
      /** Time a version from the cloud has to bring back every source that was connected. */
      probation: durationBetween(1_000, 3_600_000).prefault('60s'),
      /** Variables of the environment it may name. */
      variables: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable')).default([]),
    })
    .optional(),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
  sources: sourcesSchema,
});
export type EdgeConfig = Readonly<z.output<typeof edgeConfigSchema>>;
export type UplinkConfig = NonNullable<EdgeConfig['uplink']>;

/** @throws Problem `config-invalid` with every place that is wrong. */
export function readEdgeConfig(file: string, text: string, env: Environment): EdgeConfig {
  return loadConfig({ file, text, schema: edgeConfigSchema, env });
}

/** Where drivers keep what belongs to this installation (certificates). */
export function driverFolder(config: EdgeConfig): string {
  return join(config.buffer.path, 'drivers');
}

/** Where commands and their results are kept. */
export function journalFile(config: EdgeConfig): string {
  return join(config.buffer.path, 'commands.journal');
}

/** @throws Problem `uplink-missing` */
export function requireUplink(config: EdgeConfig, file: string): UplinkConfig {
  if (config.uplink !== undefined) return config.uplink;
  throw new Problem({
    code: 'uplink-missing',
    detail: `${file} has no uplink, so the samples would never leave this gateway`,
    advice: 'Add the address of the cloud: uplink: { url: "http://cloud.example:8080" }',
    reaction: 'stop',
  });
}

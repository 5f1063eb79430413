import { Problem } from '@gongfu/shared/base/problem';
import { bytesSchema } from '@gongfu/shared/config/bytes';
import { durationBetween } from '@gongfu/shared/config/duration';
import { loadConfig } from '@gongfu/shared/config/load';
import type { Environment } from '@gongfu/shared/config/substitution';
import { pinPattern } from '@gongfu/shared/wire/handshake';
import { z } from 'zod';
import { mqttConfigSchema } from './mqtt/mqtt-config.ts';
import { oidcConfigSchema } from './oidc-config.ts';
import { webhooksConfigSchema } from './webhooks/webhook-config.ts';

/** The history on an InfluxDB 2 server. */
const influxSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  token: z.string().min(1),
  org: z.string().min(1),
  bucket: z.string().min(1),
});

const days = z.number().int().min(1).max(36_500).optional();
const classes = ['samples', 'minutes', 'hours', 'days'] as const;

const retentionSchema = z
  .strictObject({ samples: days, minutes: days, hours: days, days })
  .check(({ value, issues }) => {
    for (const [i, coarse] of classes.entries()) {
      const shorter = classes
        .slice(0, i)
        .find((fine) => (value[coarse] ?? Number.POSITIVE_INFINITY) < (value[fine] ?? Number.POSITIVE_INFINITY));
      if (shorter === undefined) continue;
      const message = `must not be shorter than ${shorter}: what is coarser is what remains`;
      issues.push({ code: 'custom', input: value, path: [coarse], message });
    }
  });

/** Configuration of `gongfu-cloud`: the file, then the environment. Everything has a default, an empty file runs. */
export const cloudConfigSchema = z.strictObject({
  http: z
    .strictObject({
      port: z.number().int().min(0).max(65535).default(8080),
      host: z.string().min(1).default('0.0.0.0'),
      /** Origins of pages on other hosts that may open sockets; the page this service serves is always allowed. */
      allowedOrigins: z.array(z.url()).default([]),
      /** Sockets, of pages and gateways, that one client address may hold open at once. */
      connectionsPerAddress: z.number().int().min(1).default(3_000),
      /** Refused requests of one address (or token) answered a second, beyond three seconds' worth at once; then it waits. */
      refusalsPerSecond: z.number().int().min(1).max(1_000_000).default(20),
      /** Addresses or networks of reverse proxies whose X-Forwarded-For is believed; rate limits count by it. */
      trustedProxies: z.array(z.string().min(1)).default([]),
      /** PEM files; both are looked at again while the service runs. Without them the port speaks plain HTTP. */
      tls: z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }).optional(),
      /** Pins gateways are told to accept beside the present key: of the next key, or of the proxy in front. */
      nextKeys: z
        .array(z.string().regex(pinPattern, 'must be a pin, as "sha256/" and 44 characters of base64'))
        .default([]),
    })
    .prefault({}),
  data: z.strictObject({ path: z.string().min(1).default('./data/cloud') }).prefault({}),
  /** Plant model imported at every start; without one the tenant below is made empty. */
  plant: z.strictObject({ file: z.string().min(1) }).optional(),
  tenant: z.string().min(1).default('default'),
  signIn: z
    .strictObject({
      oidc: oidcConfigSchema.optional(),
      /** Of the token in every request; pages renew it by themselves. */
      tokenLifetime: durationBetween(2_000, 24 * 3_600_000).prefault('15m'),
    })
    .prefault({}),
  history: z
    .strictObject({
      memory: bytesSchema.default(512 * 1024 ** 2),
      /** Without it the history is embedded. */
      influx: influxSchema.optional(),
      /** In whole days; what is not named is kept for ever. */
      retention: retentionSchema.prefault({}),
      /** Tenants with a retention of their own, by id: it stands in the place of the one above. */
      tenants: z.record(z.string().min(1), z.strictObject({ retention: retentionSchema })).default({}),
    })
    .prefault({}),
  /** What others write over HTTP: limits of each key; those of tags hold for what comes by brokers too. */
  openIngest: z
    .strictObject({
      /** Bytes of one body of line protocol, unpacked. */
      bodySize: bytesSchema.default(128 * 1024 ** 2),
      /** Bytes of one body of JSON, which is read as a whole. */
      jsonBodySize: bytesSchema.pipe(z.number().max(64 * 1024 ** 2, 'must be at most 64MiB')).default(1024 ** 2),
      requestsPerMinute: z.number().int().min(1).default(6_000),
      rowsPerMinute: z.number().int().min(1).default(6_000_000),
      requestsAtOnce: z.number().int().min(1).max(1_000).default(8),
      tagsPerOrigin: z.number().int().min(1).default(50_000),
      tagsPerTenant: z.number().int().min(1).default(500_000),
    })
    .prefault({}),
  /** Brokers whose messages are taken. */
  mqtt: mqttConfigSchema.prefault({}),
  /** Who is told of events. */
  webhooks: webhooksConfigSchema.prefault({}),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
});

export type CloudConfig = z.infer<typeof cloudConfigSchema>;

/** The file, then the environment over it: `PORT`, `HOST`, `DATA_DIR`, `LOG_LEVEL`, `INFLUX_…`. @throws Problem naming every fault. */
export function loadCloudConfig(options: { file: string; text: string; env: Environment }): CloudConfig {
  const { env } = options;
  const config = loadConfig({ ...options, schema: cloudConfigSchema });
  const influx = influxOf(env) ?? config.history.influx;
  return {
    ...config,
    http: { ...config.http, port: portOf(env.PORT) ?? config.http.port, host: env.HOST || config.http.host },
    data: { path: env.DATA_DIR || config.data.path },
    history: { ...config.history, ...(influx === undefined ? {} : { influx }) },
    log: { level: levelOf(env.LOG_LEVEL) ?? config.log.level },
  };
}

/** All four together or none: a half-named server must not end as an embedded history. */
function influxOf(env: Environment): CloudConfig['history']['influx'] {
  const named = {
    url: env.INFLUX_URL || undefined,
    token: env.INFLUX_TOKEN || undefined,
    org: env.INFLUX_ORG || undefined,
    bucket: env.INFLUX_BUCKET || undefined,
  };
  if (named.url === undefined) return undefined;
  const read = influxSchema.safeParse(named);
  if (read.success) return read.data;
  const key = String(read.error.issues[0]!.path[0]);
  const name = `INFLUX_${key.toUpperCase()}`;
  // What a secret is never stands in a message.
  const expected = key === 'url' ? 'an address as http://host:8086' : 'set beside INFLUX_URL';
  throw environmentFault(name, env[name] ?? '', expected);
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw environmentFault('PORT', text, 'a number from 0 (any free port) to 65535');
}

function levelOf(text: string | undefined): CloudConfig['log']['level'] | undefined {
  if (text === undefined || text === '') return undefined;
  const level = cloudConfigSchema.shape.log.unwrap().shape.level.unwrap().safeParse(text);
  if (level.success) return level.data;
  throw environmentFault('LOG_LEVEL', text, 'error, warn, info or debug');
}

function environmentFault(name: string, text: string, expected: string): Problem {
  return new Problem({
    code: 'config-invalid',
    detail: `the environment variable ${name} is "${text}"`,
    advice: `Set it to ${expected}, or unset it.`,
    reaction: 'stop',
    places: [{ where: `environment ${name}`, what: `must be ${expected}, found "${text}"` }],
  });
}

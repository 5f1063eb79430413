import { durationBetween } from '@gongfu/shared/config/duration';
import { gatewayNamePattern } from '@gongfu/shared/model/gateway-name';
import { valueTypes } from '@gongfu/shared/model/value-type';
import { z } from 'zod';
import { topicPatternFault, unknownNames } from './topic-pattern.ts';

const topicSchema = z
  .string()
  .min(1)
  .max(512)
  .superRefine((text, context) => {
    const fault = topicPatternFault(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

const fieldSchema = z.strictObject({
  tag: z.string().min(1).optional(),
  type: z.enum(valueTypes).optional(),
  unit: z.string().default(''),
});

const mappingSchema = z
  .strictObject({
    topic: topicSchema,
    payload: z.enum(['json', 'value']).default('json'),
    source: z.string().min(1),
    tag: z.string().default(''),
    time: z.string().min(1).optional(),
    timeUnit: z.enum(['s', 'ms', 'us', 'ns', 'iso']).default('ms'),
    fields: z.record(z.string().min(1), fieldSchema).optional(),
    /** Of a bare value. */
    type: z.enum(valueTypes).optional(),
    unit: z.string().default(''),
  })
  .superRefine((mapping, context) => {
    for (const key of ['source', 'tag'] as const) {
      for (const name of unknownNames(mapping[key], mapping.topic)) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `{${name}} is no name of the topic ${mapping.topic}`,
        });
      }
    }
    if (mapping.payload === 'value' && mapping.tag === '') {
      context.addIssue({ code: 'custom', path: ['tag'], message: 'a bare value needs a tag' });
    }
    const only = mapping.payload === 'value' ? (['time', 'fields'] as const) : (['type'] as const);
    for (const key of only) {
      if (mapping[key] === undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: `does not go with payload: ${mapping.payload}` });
    }
  });

const identifier = z.string().regex(/^[^/+#\0]+$/, 'must be a name without /, + and #');

const sparkplugSchema = z.strictObject({
  /** Name of this host application; edge nodes look for it at `spBv1.0/STATE/<hostId>`. */
  hostId: identifier.default('gongfu'),
  groups: z.array(identifier).min(1).optional(),
  /** How long a message that is missing is waited for. */
  reorderTimeout: durationBetween(100, 60_000).prefault('2s'),
});

const publishSchema = z
  .strictObject({
    /** Only what lies at or below these assets; all of the tenant unless told. */
    assets: z.array(z.string().min(1)).min(1).optional(),
    plain: z
      .strictObject({
        /** First levels of every topic; '' for none. */
        enterprise: z
          .string()
          .regex(/^[^+#\0]*$/, 'must not hold + or #')
          .default(''),
        /** The broker keeps the last value of each topic. */
        retain: z.boolean().default(false),
      })
      .optional(),
    sparkplug: z.strictObject({ group: identifier, node: identifier }).optional(),
  })
  .refine(({ plain, sparkplug }) => plain !== undefined || sparkplug !== undefined, {
    message: 'nothing would be published: give plain or sparkplug',
  });

const brokerSchema = z
  .strictObject({
    /** Its data stands behind the gateway `mqtt:<name>`, whose name has at most 64 characters. */
    name: z.string().max(59).regex(gatewayNamePattern, 'must be letters, digits, dots, hyphens and underscores'),
    url: z.url({ protocol: /^(mqtt|mqtts|ws|wss)$/, error: 'must be an address such as mqtts://broker:8883' }),
    /** 4 is MQTT 3.1.1. */
    version: z.union([z.literal(4), z.literal(5)], { error: 'must be 4 (MQTT 3.1.1) or 5' }).default(5),
    /** Of the session the broker keeps for us; two services must never share it. */
    clientId: z.string().min(1).max(100).optional(),
    username: z.string().min(1).optional(),
    password: z.string().optional(),
    passwordFile: z.string().min(1).optional(),
    /** PEM files. */
    tls: z
      .strictObject({
        ca: z.string().min(1).optional(),
        certificate: z.string().min(1).optional(),
        key: z.string().min(1).optional(),
        serverName: z.string().min(1).optional(),
      })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        path: ['key'],
        message: 'give certificate and key, or neither',
      })
      .optional(),
    /** Whose data it is; of the tenant of the installation unless told. */
    tenant: z.string().min(1).optional(),
    keepAlive: durationBetween(5_000, 3_600_000).prefault('30s'),
    /** How long the broker keeps messages for us while this service is away (MQTT 5). */
    sessionExpiry: durationBetween(60_000, 90 * 86_400_000).prefault('7d'),
    /** Longest silence of a tag that still counts as observed. */
    maxSilent: durationBetween(1_000, 30 * 86_400_000).prefault('10m'),
    topics: z.array(mappingSchema).default([]),
    /** ThingsBoard's topics; `source` names the device that says `v1/devices/me/…`. */
    thingsBoard: z.strictObject({ source: z.string().min(1) }).optional(),
    sparkplug: sparkplugSchema.optional(),
    /** What the broker is told of the samples of assets. */
    publish: publishSchema.optional(),
  })
  .superRefine((broker, context) => {
    const { password, passwordFile, topics, thingsBoard, sparkplug, publish, tls, url } = broker;
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (password !== undefined && passwordFile !== undefined)
      fault('passwordFile', 'give password or passwordFile, not both');
    if (tls !== undefined && !/^(mqtts|wss):/.test(url))
      fault('tls', 'needs an address that begins with mqtts:// or wss://');
    if (topics.length === 0 && thingsBoard === undefined && sparkplug === undefined && publish === undefined) {
      fault('topics', 'nothing is done with this broker: give topics, thingsBoard, sparkplug or publish');
    }
  });

/** `mqtt` of the configuration. */
export const mqttConfigSchema = z
  .strictObject({ brokers: z.array(brokerSchema).default([]) })
  .superRefine(({ brokers }, context) => {
    for (const [place, { name }] of brokers.entries()) {
      if (brokers.findIndex((other) => other.name === name) === place) continue;
      context.addIssue({
        code: 'custom',
        path: ['brokers', place, 'name'],
        message: `another broker is called ${name}`,
      });
    }
  });

export type MqttConfig = z.infer<typeof mqttConfigSchema>;
export type BrokerConfig = MqttConfig['brokers'][number];

import { Problem } from '@gongfu/shared/base/problem';
import { durationBetween } from '@gongfu/shared/config/duration';
import { z } from 'zod';
import { nodeAddressForms, readNodeAddress } from './node-address.ts';
import { isFieldPath } from './structure.ts';

const securityPolicies = ['None', 'Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'] as const;

const securityModes = ['None', 'Sign', 'SignAndEncrypt'] as const;

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'opc.tcp:' && url.hostname !== '' && url.username === '' && url.password === '';
}

const endpointForm = 'write the endpoint as opc.tcp://host:4840/path, without user name; 4840 is the usual port';
const percentForm = 'write a number of the raw value, as 0.5, or percent of the range the server knows, as "2%"';

const fieldForm = 'write the names of fields joined by dots, an element of an array in brackets: Where.X, Axes[2].Load';

/** Values a monitored item may hold between two publishings, in the server. Beyond it the server drops and says so. */
const queueSizeSchema = z.number().int().min(1).max(100_000);

const alarmsSchema = z.strictObject({
  /** Node whose events are heard; the Server object, so all, when not set. */
  notifier: z
    .string()
    .refine((text) => readNodeAddress(text) !== undefined, `this is not an OPC UA node id. ${nodeAddressForms}`)
    .optional(),
  /** Alarms that were never as severe are left out. */
  severityMin: z.number().int().min(1).max(1_000).optional(),
});

export const opcuaSourceSchema = z
  .strictObject({
    endpoint: z.string().refine(isEndpoint, endpointForm),
    securityPolicy: z.enum(securityPolicies).default('None'),
    /** SignAndEncrypt when a policy is chosen and nothing is said. */
    securityMode: z.enum(securityModes).optional(),
    user: z.string().min(1).optional(),
    /** Of the user, or of the file `userKey` when that is encrypted. */
    password: z.string().optional(),
    /** PEM or DER files of a user who signs in by certificate. */
    userCertificate: z.string().min(1).optional(),
    userKey: z.string().min(1).optional(),
    /** How long the server keeps session and queues for us while the line is cut. */
    sessionTimeout: durationBetween(10_000, 86_400_000).prefault('10m'),
    /** Longest wait for one answer of the server. */
    timeout: durationBetween(500, 120_000).prefault('10s'),
    queueSize: queueSizeSchema.default(100),
    /** A server that cannot subscribe is asked for every value at the tag's interval. */
    mode: z.enum(['subscribe', 'poll']).default('subscribe'),
    /** Whether the server's history fills what an outage took. */
    history: z.boolean().default(true),
    /** Its conditions are watched, beside its tags; absent: they are not. */
    alarms: alarmsSchema.optional(),
  })
  .superRefine((source, context) => {
    const secured = source.securityPolicy !== 'None';
    if (source.securityMode !== undefined && secured === (source.securityMode === 'None')) {
      const message = secured
        ? `securityPolicy ${source.securityPolicy} needs securityMode Sign or SignAndEncrypt`
        : `securityMode ${source.securityMode} needs a securityPolicy other than None`;
      context.addIssue({ code: 'custom', path: ['securityMode'], message });
    }
    if (source.user === undefined && source.userKey === undefined && source.password !== undefined) {
      context.addIssue({ code: 'custom', path: ['password'], message: 'a password without user; add user' });
    }
    if ((source.userCertificate === undefined) !== (source.userKey === undefined)) {
      const path = [source.userKey === undefined ? 'userCertificate' : 'userKey'];
      context.addIssue({ code: 'custom', path, message: 'userCertificate and userKey go together; add the other' });
    }
    if (source.user !== undefined && source.userCertificate !== undefined) {
      const message = 'a user signs in by password or by certificate; leave user or userCertificate out';
      context.addIssue({ code: 'custom', path: ['user'], message });
    }
  });
export type OpcuaSource = z.infer<typeof opcuaSourceSchema>;

/** A source without security or sign-in, of an endpoint alone. @throws Problem `opcua-endpoint` */
export function readEndpoint(endpoint: string): OpcuaSource {
  if (isEndpoint(endpoint)) return opcuaSourceSchema.parse({ endpoint });
  throw new Problem({
    code: 'opcua-endpoint',
    detail: `'${endpoint}' is not an OPC UA endpoint.`,
    advice: `Please ${endpointForm}.`,
    reaction: 'stop',
  });
}

const nodeIdSchema = z
  .string()
  .refine((text) => readNodeAddress(text) !== undefined, `this is not an OPC UA node id. ${nodeAddressForms}`);

const argumentSchema = z.union(
  [z.literal('command'), z.strictObject({ constant: z.union([z.number(), z.boolean(), z.string().max(4_096)]) })],
  { error: 'an argument is the word command (the value that is asked for) or a constant, as { constant: 3 }' },
);
/** What a method is called with: the value of the command, or always the same. */
export type CallArgument = z.infer<typeof argumentSchema>;

export const opcuaTagSchema = z.strictObject({
  /** `nsu=http://vendor/;s=Line1.Temp`, `ns=2;s=Line1.Temp` or `i=2258`. */
  nodeId: nodeIdSchema,
  /** How often the server looks at the variable, ms; the tag's interval when not set. */
  samplingInterval: durationBetween(1, 86_400_000).optional(),
  queueSize: queueSizeSchema.optional(),
  /** Which value of an array the tag is; from 0. */
  element: z.number().int().min(0).max(1_000_000).optional(),
  /** Which value of a structure the tag is, as `Where.X` or `Axes[2].Load`. */
  field: z.string().refine(isFieldPath, fieldForm).optional(),
  /** A tag with `write` is then written by calling this method, never by writing the variable. */
  call: z
    .strictObject({
      object: nodeIdSchema,
      method: nodeIdSchema,
      /** In the order of the method, each in the type the server declares for it. */
      arguments: z.array(argumentSchema).max(20).default(['command']),
    })
    .optional(),
  /** Whether a full queue drops its oldest value (then the newest is always there) or its newest. */
  discardOldest: z.boolean().optional(),
  /** What makes the server report: status; status or value; also a new source time of the same value. */
  trigger: z.enum(['status', 'value', 'time']).optional(),
  /** The server keeps smaller changes to itself: in the unit of the raw value, or in percent of its range as `2%`. */
  serverDeadband: z
    .union([z.number().nonnegative(), z.string().regex(/^(\d{1,2}(\.\d+)?|100)%$/, percentForm)], {
      error: percentForm,
    })
    .optional(),
});
export type OpcuaTag = z.infer<typeof opcuaTagSchema>;

import { z } from 'zod';

export const webhookEvents = ['gateway.offline', 'gateway.online', 'gap.recorded', 'kpi.shift', 'kpi.hour'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

const hookSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, dots, hyphens and underscores'),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an https:// address' })
      .refine(
        (url) => new URL(url).username === '' && new URL(url).password === '',
        'must not hold a user or a password',
      ),
    /** What the body is signed with; at least 16 characters. */
    secret: z.string().min(16, 'must have at least 16 characters').optional(),
    secretFile: z.string().min(1).optional(),
    events: z
      .array(z.enum(webhookEvents))
      .min(1)
      .default([...webhookEvents]),
    /** KPIs of these assets and what lies below; all unless told. */
    assets: z.array(z.string().min(1)).min(1).optional(),
    /** Whose events; those of the tenant of the installation unless told. */
    tenant: z.string().min(1).optional(),
  })
  .refine(({ secret, secretFile }) => (secret === undefined) !== (secretFile === undefined), {
    path: ['secret'],
    message: 'give secret or secretFile, and not both',
  });

/** `webhooks` of the configuration. */
export const webhooksConfigSchema = z
  .strictObject({
    /** Hosts that may be asked over plain HTTP and at addresses of this machine or link: to be named one by one. */
    allowedHosts: z.array(z.string().min(1)).default([]),
    hooks: z.array(hookSchema).default([]),
  })
  .superRefine(({ hooks, allowedHosts }, context) => {
    for (const [place, { name, url }] of hooks.entries()) {
      const fault = (key: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['hooks', place, key], message });
      if (hooks.findIndex((other) => other.name === name) !== place) fault('name', `another webhook is called ${name}`);
      const { protocol, hostname } = new URL(url);
      if (protocol === 'https:' || allowedHosts.includes(hostname)) continue;
      fault('url', `must begin with https://, or ${hostname} must stand in webhooks.allowedHosts`);
    }
  });

export type WebhooksConfig = z.infer<typeof webhooksConfigSchema>;
export type HookConfig = WebhooksConfig['hooks'][number];

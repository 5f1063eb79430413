import { Problem } from '@gongfu/shared/base/problem';
import { loadConfig } from '@gongfu/shared/config/load';
import { z } from 'zod';

/** Keys whose values are kept by nobody but the gateway. */
const secretKey = /pass(word|phrase)|secret|token|privatekey/i;
const variable = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;

const source = z.looseObject({ name: z.string().min(1), driver: z.string().min(1) }).superRefine((keys, context) => {
  for (const [key, value] of Object.entries(keys)) {
    if (!secretKey.test(key) || (typeof value === 'string' && variable.test(value))) continue;
    context.addIssue({
      code: 'custom',
      path: [key],
      message: 'is a secret: write a variable in braces after a dollar sign, which the gateway resolves',
    });
  }
});

const textSchema = z.strictObject({ sources: z.array(source) });

/** Variables mean nothing here: each stands for itself. */
const itself = new Proxy<Record<string, string>>({}, { get: (_, name) => `\${${String(name)}}` });

/**
 * What can be told of a text before a gateway sees it: that it is YAML, holds sources and nothing else, and no secret. All
 * else its drivers know, and they are on the gateway. @throws Problem `configuration-invalid` with every place
 */
export function requireSourcesText(text: string): void {
  try {
    loadConfig({ file: 'configuration', text, schema: textSchema, env: itself });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem({
      code: 'configuration-invalid',
      detail: error.message,
      advice: 'Correct the places named and send it again; nothing was kept.',
      reaction: 'drop',
      status: 422,
      places: error.places,
    });
  }
}

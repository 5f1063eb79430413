import { Problem } from '@gongfu/shared/base/problem';
import { loadConfig } from '@gongfu/shared/config/load';
import { z } from 'zod';

/** Keys whose values are kept by nobody but the gateway. */
const secretKey = /pass(word|phrase)|secret|token|privatekey/i;
const variable = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;
/** `//user:password@` of an address. */
const passwordInAddress = /\/\/[^/?#\s:@]*:([^/?#\s@]+)@/;

const source = z.looseObject({ name: z.string().min(1), driver: z.string().min(1) }).superRefine((keys, context) => {
  for (const path of openSecrets(keys)) {
    context.addIssue({
      code: 'custom',
      path,
      message: 'is a secret: write a variable in braces after a dollar sign, which the gateway resolves',
    });
  }
});

/** Where a secret stands as itself, at any depth: the gateway would refuse it, but the text would have been kept here. */
function openSecrets(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value === 'string') {
    const [, password] = passwordInAddress.exec(value) ?? [];
    const isSecret = path.some((step) => typeof step === 'string' && secretKey.test(step));
    const isOpen = isSecret ? !variable.test(value) : password !== undefined && !variable.test(password);
    return isOpen ? [[...path]] : [];
  }
  if (typeof value !== 'object' || value === null) return secretKey.test(String(path.at(-1))) ? [[...path]] : [];
  return Object.entries(value).flatMap(([key, inner]) =>
    openSecrets(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

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

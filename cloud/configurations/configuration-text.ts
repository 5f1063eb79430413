import { Problem, type ProblemPlace } from '@gongfu/shared/base/problem';
import { commentsOf } from '@gongfu/shared/config/comments';
import { loadConfig } from '@gongfu/shared/config/load';
import { z } from 'zod';

const secretWords = 'pass(?:word|phrase|wd|code)|pwd|secret|token|private[-_]?key|api[-_]?key|密码|口令|密钥';
/** Keys whose values are kept by nobody but the gateway. */
const secretKey = new RegExp(secretWords, 'i');
/** `password: mellon`, `"pwd" = mellon`: a line that was put out of use holds its secret all the same. */
const secretInComment = new RegExp(
  `(?:${secretWords})[\\w.-]{0,40}["']?\\s{0,20}[:=：]\\s{0,20}["']?(\\$\\{\\w+\\}|[^\\s"',}\\]]+)`,
  'gi',
);
const variable = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;
/** `//user:password@` of an address. */
const passwordInAddress = /\/\/[^/?#\s:@]*:([^/?#\s@]+)@/;
const allPasswordsInAddresses = new RegExp(passwordInAddress, 'g');

const variableAdvice = 'write a variable in braces after a dollar sign, which the gateway resolves';

const source = z.looseObject({ name: z.string().min(1), driver: z.string().min(1) }).superRefine((keys, context) => {
  for (const path of openSecrets(keys)) {
    context.addIssue({
      code: 'custom',
      path,
      message: `is a secret: ${variableAdvice}`,
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

/** Comments are kept with the text, and read by everybody who may read it. */
function secretsInComments(text: string): ProblemPlace[] {
  return commentsOf(text).flatMap(({ text: comment, line, column }) => {
    const values = [...comment.matchAll(secretInComment), ...comment.matchAll(allPasswordsInAddresses)];
    if (!values.some(([, value]) => !variable.test(value!))) return [];
    const what = `the comment holds what looks like a secret: take it out, or ${variableAdvice}`;
    return [{ where: `configuration:${line}:${column}`, what }];
  });
}

/**
 * What can be told of a text before a gateway sees it: that it is YAML, holds sources and nothing else, and no secret, in a comment neither. All
 * else its drivers know, and they are on the gateway. @throws Problem `configuration-invalid` with every place
 */
export function requireSourcesText(text: string): void {
  const places = [...faultsOf(text), ...secretsInComments(text)];
  if (places.length === 0) return;
  throw new Problem({
    code: 'configuration-invalid',
    detail: `configuration has ${places.length === 1 ? 'one fault' : `${places.length} faults`}`,
    advice: 'Correct the places named and send it again; nothing was kept.',
    reaction: 'drop',
    status: 422,
    places,
  });
}

function faultsOf(text: string): readonly ProblemPlace[] {
  try {
    loadConfig({ file: 'configuration', text, schema: textSchema, env: itself });
    return [];
  } catch (error) {
    if (error instanceof Problem) return error.places;
    throw error;
  }
}

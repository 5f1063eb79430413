import { messageOf, Problem } from '../base/problem.ts';
import type { Environment } from './substitution.ts';

const ending = '_FILE';

/**
 * The environment in which `NAME_FILE=path` stands for `NAME` with what the file holds, as containers and service
 * managers hand over secrets. A file is read when its variable is asked for, so `SSL_CERT_FILE` and the like are left alone.
 * One line break at the end belongs to the editor, not to the secret.
 */
export function withSecretFiles(env: Environment, read: (file: string) => string): Environment {
  const whole: Record<string, string | undefined> = { ...env };
  for (const [variable, file] of Object.entries(env)) {
    const name = variable.slice(0, -ending.length);
    if (!variable.endsWith(ending) || name === '' || !file) continue;
    // Not enumerable: a copy of the environment carries no secrets and reads no files.
    Object.defineProperty(whole, name, {
      enumerable: false,
      get: () => secretOf({ name, file, set: env[name], read }),
    });
  }
  return whole;
}

function secretOf(from: {
  name: string;
  file: string;
  set: string | undefined;
  read: (file: string) => string;
}): string {
  const { name, file, set, read } = from;
  if (set) {
    throw new Problem({
      code: 'config-invalid',
      detail: `the environment has both ${name} and ${name}${ending}`,
      advice: 'Keep one of the two.',
      reaction: 'stop',
      places: [{ where: `environment ${name}${ending}`, what: `stands beside ${name}` }],
    });
  }
  try {
    return read(file).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Problem({
      code: 'config-unreadable',
      detail: `${name}${ending} names ${file}, which cannot be read: ${messageOf(cause)}`,
      advice: 'Check the path and that the user of this program may read the file.',
      reaction: 'stop',
      cause,
    });
  }
}

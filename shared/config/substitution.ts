import { type Document, Scalar, visit } from 'yaml';

/** Where the text comes from that replaces `${NAME}`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface MissingVariable {
  readonly node: Scalar;
  readonly name: string;
}

/** A whole number that would be another without the zero it begins with, as the address of a coil. */
export const longWithZero = /^0\d{4,}$/;

const variable = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every value of the document; `$${` stands for a plain `${`.
 * Done on the parsed tree, so that what a variable holds can never change the structure of the file.
 * An unquoted value is read again afterwards: `port: ${PORT}` becomes a number; one that begins with a zero, as `010001`, stays a text.
 * `:-` applies to an unset and to an empty variable, as in a shell.
 */
export function substitute(
  document: Document,
  env: Environment,
): { replaced: Set<Scalar>; missing: MissingVariable[] } {
  const replaced = new Set<Scalar>();
  const missing: MissingVariable[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replace(variable, (whole, name: string, fallback: string | undefined) => {
        if (whole.startsWith('$$')) return whole.slice(1);
        const value = env[name];
        if (value !== undefined && !(value === '' && fallback !== undefined)) return value;
        if (fallback === undefined) missing.push({ node, name });
        return fallback ?? '';
      });
      replaced.add(node);
      if (node.type === 'PLAIN' && !longWithZero.test(String(node.value))) resolvePlain(document, node);
    },
  });
  return { replaced, missing };
}

/** Gives a scalar's text the type an unquoted YAML value of that text has. */
export function resolvePlain(document: Document, node: Scalar): void {
  const text = String(node.value);
  for (const tag of document.schema?.tags ?? []) {
    if (tag.default !== true || tag.collection !== undefined || tag.test?.test(text) !== true) continue;
    const resolved: unknown = tag.resolve(text, () => {}, {});
    node.value = resolved instanceof Scalar ? resolved.value : resolved;
    return;
  }
}

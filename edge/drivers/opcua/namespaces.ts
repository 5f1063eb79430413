import type { NodeAddress } from './node-address.ts';

/**
 * Where a server puts its namespaces today. Servers renumber them at a restart; an address kept by index would then read
 * another tag's value, with status good. So an index is read once, and from then on its URI is what counts.
 */
export class Namespaces {
  readonly #uris = new Map<number, string>();

  /** Node id for a server with this namespace array; undefined when it does not have the namespace. */
  resolve(address: NodeAddress, namespaceArray: readonly string[]): string | undefined {
    const index = this.#indexOf(address.namespace, namespaceArray);
    return index === undefined ? undefined : `ns=${index};${address.identifier}`;
  }

  #indexOf(namespace: string | number, namespaceArray: readonly string[]): number | undefined {
    // 0 is OPC UA itself and 1 the server's own by definition (Part 3, 8.2.2); they never move.
    if (namespace === 0 || namespace === 1) return namespace;
    const uri = typeof namespace === 'string' ? namespace : this.#uriOf(namespace, namespaceArray);
    const index = uri === undefined ? -1 : namespaceArray.indexOf(uri);
    return index === -1 ? undefined : index;
  }

  #uriOf(index: number, namespaceArray: readonly string[]): string | undefined {
    const known = this.#uris.get(index) ?? namespaceArray[index];
    if (known !== undefined) this.#uris.set(index, known);
    return known;
  }
}

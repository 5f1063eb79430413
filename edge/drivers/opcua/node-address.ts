import { Problem } from '@gongfu/shared/base/problem';

/** What names a node for ever: the identifier inside a namespace URI. The index is only what today's server calls it. */
export interface NodeAddress {
  /** The address as configured. */
  readonly text: string;
  /** Namespace URI, or the index of an `ns=` address whose URI is not known yet. */
  readonly namespace: string | number;
  /** `i=2258`, `s=Line1.Temp`, `g=…` or `b=…`. */
  readonly identifier: string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function isIdentifier(kind: string, value: string): boolean {
  switch (kind) {
    case 'i':
      return /^\d{1,10}$/.test(value) && Number(value) <= 0xffffffff;
    case 's':
      return value.length > 0;
    case 'g':
      return guid.test(value);
    default:
      return value.length > 0 && base64.test(value);
  }
}

/** Inside an `nsu=` address `;` and `%` of the URI are written %3B and %25 (OPC UA Part 6, 5.1.12). */
function unescapeUri(uri: string): string {
  return uri.replace(/%3b/gi, ';').replace(/%25/g, '%');
}

/** Reads `i=2258`, `ns=2;s=Line1.Temp` or `nsu=http://vendor/;s=Line1.Temp`; undefined when it is none of them. */
export function readNodeAddress(text: string): NodeAddress | undefined {
  const match = /^(?:ns=(\d{1,5});|nsu=([^;]+);)?([isgb])=(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, index, uri, kind, value] = match;
  if (!isIdentifier(kind!, value!)) return undefined;
  if (index !== undefined && Number(index) > 0xffff) return undefined;
  const namespace = uri === undefined ? Number(index ?? 0) : unescapeUri(uri);
  return { text, namespace, identifier: `${kind}=${value}` };
}

/** @throws Problem `opcua-node-address` naming the text and the forms that are understood. */
export function parseNodeAddress(text: string): NodeAddress {
  const address = readNodeAddress(text);
  if (address !== undefined) return address;
  throw new Problem({
    code: 'opcua-node-address',
    detail: `'${text}' is not an OPC UA node id.`,
    advice: nodeAddressForms,
    reaction: 'stop',
  });
}

export const nodeAddressForms =
  'Write nsu=http://vendor.example/line;s=Line1.Temp (best), ns=2;s=Line1.Temp or i=2258; identifiers are i= number, s= text, g= GUID, b= base64.';

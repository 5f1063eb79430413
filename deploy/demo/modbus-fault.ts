/** What a faulty PLC or line does to every request. */
export type ModbusFault =
  | { readonly kind: 'off' }
  /** Answers `ms` late, with the values of that later moment. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Takes requests and never answers. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'exception'; readonly code: number }
  /** Breaks the connection at the next request. */
  | { readonly kind: 'reset' }
  /** Breaks all connections and accepts none. */
  | { readonly kind: 'refuse' }
  /** The header announces more bytes than follow. */
  | { readonly kind: 'wrong-length' };

/** Reads a fault from JSON; undefined when it is none. */
export function faultFrom(body: unknown): ModbusFault | undefined {
  if (typeof body !== 'object' || body === null || !('kind' in body)) return undefined;
  switch (body.kind) {
    case 'off':
    case 'silent':
    case 'reset':
    case 'refuse':
    case 'wrong-length':
      return { kind: body.kind };
    case 'delay':
      return 'ms' in body && wholeIn(body.ms, 0, 600_000) ? { kind: 'delay', ms: body.ms } : undefined;
    case 'exception':
      return 'code' in body && wholeIn(body.code, 1, 255) ? { kind: 'exception', code: body.code } : undefined;
    default:
      return undefined;
  }
}

function wholeIn(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}

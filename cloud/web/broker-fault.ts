const kinds = [
  ['refused', /ECONNREFUSED/],
  ['unknownHost', /ENOTFOUND|EAI_AGAIN/],
  ['unreachable', /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|connack timeout/i],
  ['credentials', /not authori[sz]ed|bad user ?name|banned/i],
  ['clientId', /identifier (rejected|not valid)|session taken over|reason 142/i],
  ['certificate', /certificate|self.signed|altname|SSL|TLS/i],
  ['lost', /connection was lost|ECONNRESET|EPIPE|keepalive/i],
] as const;

/** What the fault of a broker is about, for words in the language of the page; `other` is shown as the client said it. */
export function faultKindOf(fault: string): (typeof kinds)[number][0] | 'other' {
  return kinds.find(([, pattern]) => pattern.test(fault))?.[0] ?? 'other';
}

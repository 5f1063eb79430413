/** What somebody has begun to write and not sent yet. */
export interface Draft {
  readonly text: string;
  readonly note: string;
}

const keyOf = (gatewayId: string, base: number | undefined): string => `configuration-draft/${gatewayId}/${base ?? ''}`;

/** A look at another page must not cost an hour of work: it stays for as long as the window. */
export function keptDraft(gatewayId: string, base: number | undefined): Draft | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(keyOf(gatewayId, base)) ?? 'null') as Draft | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(gatewayId: string, base: number | undefined, draft: Draft | undefined): void {
  const key = keyOf(gatewayId, base);
  try {
    if (draft === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // No room, or none allowed: what is written stands on the page all the same.
  }
}

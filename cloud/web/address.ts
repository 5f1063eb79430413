import { useCallback } from 'react';
import { type NavigateOptions, useNavigate, useSearchParams } from 'react-router';

/** Parts of the query of an address: what each becomes, null where it goes. */
export type AddressChanges = Readonly<Record<string, string | null>>;

/** The query of an address as it is shown, and the way to change parts of it. */
export function useAddress(): [
  address: URLSearchParams,
  change: (changes: AddressChanges, options?: Pick<NavigateOptions, 'replace'>) => void,
] {
  const [address] = useSearchParams();
  const navigate = useNavigate();
  const change = useCallback(
    (changes: AddressChanges, options: Pick<NavigateOptions, 'replace'> = {}) => {
      // What stands there now, not what was last painted: that would lack a choice made a moment before this one.
      void navigate(withChanges(new URLSearchParams(window.location.search), changes), options);
    },
    [navigate],
  );
  return [address, change];
}

/** The query of `address`, changed: to be linked to. */
export function withChanges(address: URLSearchParams, changes: AddressChanges): string {
  const changed = new URLSearchParams(address);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) changed.delete(key);
    else changed.set(key, value);
  }
  return `?${changed}`;
}

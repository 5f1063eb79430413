import { useMemo } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { readView, type SignalView, writeView } from './signal-view.ts';

export interface SignalNavigation {
  readonly view: SignalView;
  /** A step of its own: the browser's back key returns from it. */
  go(part: Partial<SignalView>): void;
  /** To where one zoomed from; false when this picture was the first. */
  back(): boolean;
}

/** The view in the address, and the ways to another. */
export function useSignalView(): SignalNavigation {
  const [address] = useSearchParams();
  const navigate = useNavigate();
  const { state } = useLocation();
  const text = address.toString();
  const view = useMemo(() => readView(new URLSearchParams(text)), [text]);
  const depth = Number((state as { depth?: number } | null)?.depth ?? 0);
  return useMemo(
    () => ({
      view,
      go: (part) => {
        // From what stands there now: what was last painted lacks a step taken a moment before this one.
        const now = readView(new URLSearchParams(window.location.search));
        void navigate(`?${writeView({ ...now, ...part })}`, { state: { depth: depth + 1 } });
      },
      back: () => {
        if (depth > 0) void navigate(-1);
        return depth > 0;
      },
    }),
    [view, depth, navigate],
  );
}

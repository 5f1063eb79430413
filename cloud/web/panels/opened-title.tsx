import { type ReactNode, useEffect, useRef } from 'react';

/** Title of what has just been opened in place of something else: whoever works by keyboard or hears the page goes on there. */
export function OpenedTitle({ id, children }: { id?: string; children: ReactNode }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <h2 id={id} ref={title} className="opened-title" tabIndex={-1}>
      {children}
    </h2>
  );
}

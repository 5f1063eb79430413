import type { ReactNode } from 'react';

/** A page with nothing to show says what is the matter and what comes next. */
export function Notice({ title, role, children }: { title: string; role?: 'alert' | 'status'; children?: ReactNode }) {
  return (
    <section className="notice" role={role}>
      <h1>{title}</h1>
      {children}
    </section>
  );
}

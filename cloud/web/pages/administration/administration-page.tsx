import { Navigate } from 'react-router';
import { sectionsOf } from '../../administration-sections.ts';
import type { User } from '../../api-shapes.ts';

/** Leads to the first page of the administration that this user may see. */
export function AdministrationPage({ user }: { user: User }) {
  return <Navigate to={`/administration/${sectionsOf(user)[0]?.id ?? 'users'}`} replace />;
}

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiProblem } from '../api-client.ts';
import type { Asset, User } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Frame } from './frame.tsx';
import { Notice } from './notice.tsx';
import { ProblemNotice } from './problem-notice.tsx';
import { roleName } from './role-name.ts';

/** Shows what is made from the plant's assets once they are there; until then, or when they may not be seen, it says so. */
export function PlantGate(props: { token: string; user: User; children: (assets: readonly Asset[]) => ReactNode }) {
  const { t } = useFormats();
  const { api } = useSession();
  const { token, user, children } = props;
  const mayRead = user.permissions.includes('assets:read') && user.permissions.includes('kpis:read');
  const assets = useQuery({
    queryKey: ['assets', token],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets')).items,
    enabled: mayRead,
    // Tags appear when a gateway first declares them.
    refetchInterval: 60_000,
  });
  if (!mayRead || (assets.error instanceof ApiProblem && assets.error.status === 403)) {
    return (
      <Frame>
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('problem.forbiddenAdvice', { user: user.name, role: roleName(t, user.role) })}</p>
        </Notice>
      </Frame>
    );
  }
  if (assets.data !== undefined) return children(assets.data);
  if (assets.error === null) return <Frame busy />;
  return (
    <Frame>
      <ProblemNotice problem={assets.error} onRetry={() => void assets.refetch()} />
    </Frame>
  );
}

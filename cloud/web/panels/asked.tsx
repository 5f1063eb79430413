import type { UseQueryResult } from '@tanstack/react-query';
import { Alert, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useFormats } from '../formats.ts';
import { ProblemNotice } from './problem-notice.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What was asked for, once it is here. When it cannot be asked again, what was known stays, and says from when it is. */
export function Asked<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  const { t, clock } = useFormats();
  if (query.data === undefined) {
    if (query.error !== null) return <ProblemNotice problem={query.error} onRetry={() => void query.refetch()} />;
    return (
      <div className="waiting" aria-busy="true">
        <p className="quiet" role="status">
          {t(query.fetchStatus === 'paused' ? 'problem.unreachable' : 'loading')}
        </p>
        <Skeleton active={false} title paragraph={{ rows: 3 }} />
      </div>
    );
  }
  const isOld = query.error !== null || query.fetchStatus === 'paused';
  return (
    <>
      {isOld && (
        <Alert type="warning" role="status" title={t('asked.old', { time: clock(query.dataUpdatedAt, ownZone) })} />
      )}
      {children(query.data)}
    </>
  );
}

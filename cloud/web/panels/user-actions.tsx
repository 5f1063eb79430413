import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import type { Account } from '../administration-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Confirmation } from './confirmation.tsx';

type Act = 'reset' | 'secondStep' | 'disable' | 'enable' | 'remove';

/** What else can be done to a user; each says first what it does. */
export function UserActions(props: { account: Account; onPassword: (password: string) => void; onDone: () => void }) {
  const { account } = props;
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Act>();
  const path = `/users/${encodeURIComponent(account.name)}`;
  const acts: Readonly<Record<Act, () => Promise<void>>> = {
    reset: async () => props.onPassword((await api.post<{ password: string }>(`${path}/password`, {})).password),
    secondStep: async () => {
      await api.delete(`${path}/second-factor`);
    },
    disable: async () => void (await api.patch(path, { disabled: true })),
    enable: async () => void (await api.patch(path, { disabled: false })),
    remove: async () => {
      await api.delete(path);
      props.onDone();
    },
  };
  const offered: readonly Act[] = [
    'reset',
    ...(account.hasSecondFactor ? (['secondStep'] as const) : []),
    account.disabled ? 'enable' : 'disable',
    'remove',
  ];
  return (
    <div className="form-actions user-actions">
      {offered.map((act) => (
        <Button key={act} onClick={() => setAsked(act)}>
          {t(`users.acts.${act}.offer`)}
        </Button>
      ))}
      {asked !== undefined && (
        <Confirmation
          title={t(`users.acts.${asked}.title`, { name: account.name })}
          points={[t(`users.acts.${asked}.first`), t(`users.acts.${asked}.second`)]}
          keep={t('users.cancel')}
          confirm={t(`users.acts.${asked}.offer`)}
          working={t('users.working')}
          act={async () => {
            await acts[asked]();
            await queries.invalidateQueries({ queryKey: ['users'] });
          }}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

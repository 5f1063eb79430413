import { commandStates } from '@gongfu/shared/model/command-state';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useAddress } from '../address.ts';
import type { User } from '../api-shapes.ts';
import type { Command } from '../command-shapes.ts';
import { useFormats } from '../formats.ts';
import { Asked } from '../panels/asked.tsx';
import { CommandSettingsCard } from '../panels/command-settings-card.tsx';
import { CommandTable } from '../panels/command-table.tsx';
import { Frame } from '../panels/frame.tsx';
import { Notice } from '../panels/notice.tsx';
import { roleName } from '../panels/role-name.ts';
import { useSession } from '../session.tsx';
import '../i18n/command-texts.ts';
import '../commands.css';
import '../forms.css';

const pageRows = 100;

interface CommandsJson {
  readonly items: readonly Command[];
  readonly cursor?: string;
}

/** What was to be written to PLCs and what became of it, newest first; what waits for somebody is approved here. */
export function CommandsPage({ token, user }: { token: string; user: User }) {
  const { t } = useFormats();
  const { api } = useSession();
  const [address, changeAddress] = useAddress();
  const state = commandStates.find((one) => one === address.get('state'));
  const mayRead = user.permissions.includes('commands:read');
  const commands = useInfiniteQuery({
    queryKey: ['commands', token, state],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: String(pageRows), ...(state && { state }) });
      if (pageParam !== '') query.set('cursor', pageParam);
      return api.get<CommandsJson>(`/commands?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ cursor }) => cursor,
    enabled: mayRead,
    refetchInterval: 2_000,
  });
  if (!mayRead) {
    return (
      <Frame title={t('commands.page')}>
        <Notice title={t('problem.forbidden')} role="alert">
          <p>{t('commands.forbiddenAdvice', { user: user.name, role: roleName(t, user.role) })}</p>
        </Notice>
      </Frame>
    );
  }
  const choose = (next: string): void => changeAddress({ state: next || null }, { replace: true });
  return (
    <Frame title={t('commands.page')}>
      <div className="commands-page">
        <p className="quiet">{t('commands.intro')}</p>
        <label className="command-filter">
          {t('commands.state')}
          <select name="state" value={state ?? ''} onChange={(event) => choose(event.target.value)}>
            <option value="">{t('commands.all')}</option>
            {commandStates.map((one) => (
              <option key={one} value={one}>
                {t(`commands.states.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <Asked query={commands}>
          {({ pages }) => (
            <>
              <CommandTable
                commands={pages.flatMap(({ items }) => items)}
                user={user}
                isFiltered={state !== undefined}
              />
              {commands.hasNextPage && (
                <Button disabled={commands.isFetchingNextPage} onClick={() => void commands.fetchNextPage()}>
                  {t('audit.older')}
                </Button>
              )}
            </>
          )}
        </Asked>
        {user.permissions.includes('gateways:enrol') && <CommandSettingsCard />}
      </div>
    </Frame>
  );
}

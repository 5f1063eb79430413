import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCommandSettings } from '../command-data.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Refused } from './refused.tsx';

/** Where a second person must approve: for all, or for gateways whose machines deserve it. */
export function CommandSettingsCard() {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const settings = useCommandSettings();
  const change = useMutation({
    mutationFn: (wanted: { gateway: string | null; secondApprover: boolean }) => api.put('/command-settings', wanted),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['command-settings'] }),
  });
  if (settings.data === undefined) return null;
  const { secondApprover, gateways } = settings.data;
  return (
    <section className="form-card" aria-label={t('commands.settings')}>
      <h2>{t('commands.settings')}</h2>
      <p className="quiet">{t('commands.settingsNote')}</p>
      <label className="choice">
        <input
          type="checkbox"
          checked={secondApprover}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ gateway: null, secondApprover: event.target.checked })}
        />
        {t('commands.forAll')}
      </label>
      {gateways.map(({ id, name, secondApprover: own }) => (
        <label className="choice" key={id}>
          <input
            type="checkbox"
            checked={own || secondApprover}
            disabled={change.isPending || secondApprover}
            onChange={(event) => change.mutate({ gateway: id, secondApprover: event.target.checked })}
          />
          {t('commands.forGateway', { name })}
        </label>
      ))}
      {change.error !== null && <Refused problem={change.error} />}
    </section>
  );
}

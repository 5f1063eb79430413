import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useQueryClient } from '@tanstack/react-query';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Confirmation } from './confirmation.tsx';

/** Says what revoking does before it is done. */
export function GatewayRevocation({ gateway, onClose }: { gateway: LiveGateway; onClose: () => void }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const revoke = async (): Promise<void> => {
    await api.delete(`/gateways/${encodeURIComponent(gateway.id)}`);
    // The row changes by the live event; without a live connection by asking again.
    void queries.invalidateQueries({ queryKey: ['gateways'] });
  };
  return (
    <Confirmation
      title={t('revocation.title', { name: gateway.name })}
      points={[t('revocation.connection'), t('revocation.data'), t('revocation.buffer'), t('revocation.back')]}
      keep={t('revocation.keep')}
      confirm={t('revocation.confirm')}
      working={t('revocation.working')}
      act={revoke}
      onClose={onClose}
    />
  );
}

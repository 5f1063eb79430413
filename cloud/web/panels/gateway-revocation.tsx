import type { LiveGateway } from '@gongfu/shared/wire/live';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useId, useRef, useState } from 'react';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Refused } from './refused.tsx';

/** Says what revoking does before it is done. The browser's own dialog keeps the focus inside and closes by Escape. */
export function GatewayRevocation({ gateway, onClose }: { gateway: LiveGateway; onClose: () => void }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => dialog.current?.showModal(), []);
  const revoke = async (): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    try {
      await api.delete(`/gateways/${encodeURIComponent(gateway.id)}`);
      // The row changes by the live event; without a live connection by asking again.
      void queries.invalidateQueries({ queryKey: ['gateways'] });
      onClose();
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <dialog ref={dialog} className="confirmation" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{t('revocation.title', { name: gateway.name })}</h2>
      <ul>
        <li>{t('revocation.connection')}</li>
        <li>{t('revocation.data')}</li>
        <li>{t('revocation.buffer')}</li>
        <li>{t('revocation.back')}</li>
      </ul>
      {problem !== undefined && <Refused problem={problem} />}
      <div className="confirmation-actions">
        <Button autoFocus onClick={() => dialog.current?.close()}>
          {t('revocation.keep')}
        </Button>
        <Button danger type="primary" disabled={working} onClick={() => void revoke()}>
          {working ? t('revocation.working') : t('revocation.confirm')}
        </Button>
      </div>
    </dialog>
  );
}

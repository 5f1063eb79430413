import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useAddress } from '../address.ts';
import { useFormats } from '../formats.ts';
import type { PortalItem, ServiceCategory } from '../portal-shapes.ts';
import { useSession } from '../session.tsx';
import { Confirmation } from './confirmation.tsx';
import { PortalItemForm } from './portal-item-form.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Notices or services, newest first, and the way to a new one for who may put it up. */
export function PortalItems(props: { kind: PortalItem['kind']; items: readonly PortalItem[]; mayConfigure: boolean }) {
  const { kind, mayConfigure } = props;
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const items = props.items.filter((item) => item.kind === kind);
  const adding = mayConfigure && address.get('add') === kind;
  const open = (wanted: boolean): void => changeAddress({ add: wanted ? kind : null });
  return (
    <section aria-labelledby={`portal-${kind}`} data-panel={kind}>
      <div className="portal-head">
        <h2 id={`portal-${kind}`}>{t(kind === 'notice' ? 'portal.notices' : 'portal.services')}</h2>
        {mayConfigure && !adding && <Button onClick={() => open(true)}>{t(`portal.add.${kind}`)}</Button>}
      </div>
      {adding && <PortalItemForm kind={kind} onClose={() => open(false)} />}
      {items.length === 0 ? (
        <p className="quiet">{t(kind === 'notice' ? 'portal.noNotices' : 'portal.noServices')}</p>
      ) : (
        <ul className="portal-list">
          {items.map((item) => (
            <li key={item.id} className="portal-entry" data-item={item.id}>
              <Item item={item} mayConfigure={mayConfigure} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Item({ item, mayConfigure }: { item: PortalItem; mayConfigure: boolean }) {
  const { t, name, stamp } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const title = name(item.title);
  const time = stamp(Date.parse(item.createdAt), ownZone);
  return (
    <>
      <h3>
        {title}
        {item.category !== '' && (
          <span className="portal-state quiet">{t(`portal.category.${item.category as ServiceCategory}`)}</span>
        )}
      </h3>
      <p className="portal-text">{name(item.text)}</p>
      <p className="quiet">
        {t('portal.by', { time, user: item.createdBy })}
        {item.until !== null && ` · ${t('portal.until', { time: stamp(Date.parse(item.until), ownZone) })}`}
      </p>
      <p className="portal-links">
        {item.link !== '' && (
          <a
            href={item.link}
            target="_blank"
            rel="noreferrer noopener"
            aria-label={t('portal.openName', { name: title })}
          >
            {t('portal.open')}
          </a>
        )}
        {mayConfigure && (
          <Button type="link" onClick={() => setAsking(true)} aria-label={t('portal.takeDownName', { name: title })}>
            {t('portal.takeDown')}
          </Button>
        )}
      </p>
      {asking && (
        <Confirmation
          title={t('portal.takeDownTitle', { name: title })}
          points={[t('portal.takeDownPoint')]}
          keep={t('portal.keep')}
          confirm={t('portal.takeDown')}
          working={t('portal.working')}
          act={async () => {
            await api.delete(`/portal/items/${item.id}`);
            await queries.invalidateQueries({ queryKey: ['portal-items'] });
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

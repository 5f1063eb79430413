import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useAddress } from '../address.ts';
import type { Calendar } from '../administration-shapes.ts';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { Asked } from './asked.tsx';
import { AssetForm } from './asset-form.tsx';
import { Notice } from './notice.tsx';
import { useNamedTags } from './signal-fields.tsx';

/** The plant as it is built, with targets and calendars. `?asset=` opens one, `?under=` the way to a new one below it. */
export function SiteTree({ token, calendars, now }: { token: string; calendars: readonly Calendar[]; now: number }) {
  const { t } = useFormats();
  const { api } = useSession();
  const assets = useQuery({
    queryKey: ['assets', token, 'retired'],
    queryFn: async () => (await api.get<{ items: Asset[] }>('/assets?retired=true')).items,
    refetchInterval: 30_000,
  });
  return (
    <section className="site-tree" aria-labelledby="site-title">
      <h2 id="site-title">{t('site.title')}</h2>
      <p className="quiet">{t('site.intro')}</p>
      <Asked query={assets}>{(items) => <Tree {...{ token, assets: items, calendars, now }} />}</Asked>
    </section>
  );
}

function Tree(props: { token: string; assets: readonly Asset[]; calendars: readonly Calendar[]; now: number }) {
  const { token, assets, calendars, now } = props;
  const { t } = useFormats();
  const [address, changeAddress] = useAddress();
  const go = (key: 'asset' | 'under' | null, value = ''): void =>
    changeAddress({ asset: null, under: null, ...(key !== null && { [key]: value }) });
  const opened = assets.find(({ id }) => id === address.get('asset'));
  const under = address.get('under');
  const parent = assets.find(({ id }) => id === under) ?? null;
  const isOpen = opened !== undefined || under !== null;
  const tags = useNamedTags(token, isOpen);
  const mappings = useMappings(token, isOpen);
  const form = { assets, calendars, tags, mappings, now, onDone: () => go(null) };
  return (
    <>
      {under !== null && <AssetForm key={`under ${under}`} parent={parent} {...form} />}
      {assets.length === 0 && under === null && (
        <Notice title={t('site.none')}>
          <p>{t('site.noneAdvice')}</p>
        </Notice>
      )}
      <Rows
        parentId={null}
        assets={assets}
        depth={0}
        openedId={opened?.id}
        onOpen={(id) => go('asset', id)}
        onAdd={(id) => go('under', id)}
        form={opened === undefined ? null : <AssetForm key={opened.id} asset={opened} parent={null} {...form} />}
      />
      {under === null && (
        <Button className="site-add" onClick={() => go('under')}>
          {t('site.addRoot')}
        </Button>
      )}
    </>
  );
}

function useMappings(token: string, enabled: boolean) {
  const { api } = useSession();
  const mappings = useQuery({
    queryKey: ['state-mappings', token],
    queryFn: async () => (await api.get<{ items: { id: string; states: object[] }[] }>('/state-mappings')).items,
    enabled,
  });
  return mappings.data ?? [];
}

interface RowsProps {
  readonly parentId: string | null;
  readonly assets: readonly Asset[];
  readonly depth: number;
  readonly openedId: string | undefined;
  readonly form: React.ReactNode;
  onOpen(id: string): void;
  onAdd(id: string): void;
}

function Rows(props: RowsProps) {
  const { parentId, assets, depth } = props;
  const children = assets.filter((asset) => asset.parentId === parentId).toSorted((a, b) => a.order - b.order);
  if (children.length === 0) return null;
  return (
    <ul className={depth === 0 ? 'site-rows' : 'site-rows site-rows-under'}>
      {children.map((asset) => (
        <li key={asset.id}>
          <Row {...props} asset={asset} />
          {props.openedId === asset.id && props.form}
          <Rows {...props} parentId={asset.id} depth={depth + 1} />
        </li>
      ))}
    </ul>
  );
}

function Row({ asset, onOpen, onAdd }: RowsProps & { asset: Asset }) {
  const { t, name, percent, decimal } = useFormats();
  const isRetired = asset.retiredAt !== null;
  const told = [
    ...(asset.targetOee === null ? [] : [t('site.targetIs', { target: percent(asset.targetOee) })]),
    ...(asset.plannedCycleMs === null ? [] : [t('site.cycleIs', { cycle: decimal(asset.plannedCycleMs / 1_000) })]),
  ];
  return (
    <div className={isRetired ? 'site-row site-row-retired' : 'site-row'} data-asset={asset.id}>
      <span>
        <b>{name(asset.name)}</b> <small className="quiet">{t(`site.levels.${asset.level}`)}</small>
      </span>
      <span className="quiet number">{isRetired ? t('site.retired') : told.join(' · ')}</span>
      <span className="quiet">{asset.calendar?.id ?? t('site.aroundTheClock')}</span>
      <span className="site-row-actions">
        <Button
          type="link"
          onClick={() => onOpen(asset.id)}
          aria-label={t('site.openName', { name: name(asset.name) })}
        >
          {t('users.open')}
        </Button>
        {asset.level !== 'work-unit' && !isRetired && (
          <Button
            type="link"
            onClick={() => onAdd(asset.id)}
            aria-label={t('site.addUnder', { name: name(asset.name) })}
          >
            {t('site.add')}
          </Button>
        )}
      </span>
    </div>
  );
}

import { assetLevels } from '@gongfu/shared/model/asset';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import type { Calendar } from '../administration-shapes.ts';
import type { Asset } from '../api-shapes.ts';
import { slugOf } from '../calendar-draft.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { draftsOf, faultOf, type NamedTag, type SignalDraft, sameSignals, signalsOf } from '../signal-draft.ts';
import { Confirmation } from './confirmation.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { Refused } from './refused.tsx';
import { SignalFields } from './signal-fields.tsx';
import '../forms.css';

interface AssetDraft {
  readonly zh: string;
  readonly en: string;
  readonly level: (typeof assetLevels)[number];
  /** As written: per cent, and seconds. */
  readonly target: string;
  readonly cycle: string;
  /** '' = around the clock. */
  readonly calendar: string;
  readonly signals: readonly SignalDraft[];
  /** '' = none. */
  readonly mapping: string;
}

/** An asset that is new, or name, targets and calendar of one that is there. */
export function AssetForm(props: {
  asset?: Asset;
  parent: Asset | null;
  assets: readonly Asset[];
  calendars: readonly Calendar[];
  /** Undefined while they are asked for. */
  tags: ReadonlyMap<string, NamedTag> | undefined;
  mappings: readonly { id: string; states: readonly object[] }[];
  now: number;
  onDone: () => void;
}) {
  const { asset, parent, onDone } = props;
  const { t, name } = useFormats();
  const ids = { title: useId(), calendar: useId(), level: useId() };
  const levels = assetLevels.slice(parent === null ? 0 : assetLevels.indexOf(parent.level) + 1);
  const [draft, setDraft] = useState<AssetDraft>(() => draftOf(asset, parent, levels[0] ?? 'work-unit'));
  const change = (part: Partial<AssetDraft>): void => setDraft({ ...draft, ...part });
  const otherCalendar = asset !== undefined && asset.calendar !== null && draft.calendar !== asset.calendar.id;
  const { tags = noTags } = props;
  const before = asset?.signals ?? [];
  const otherSignals =
    (before.length > 0 && !sameSignals(signalsOf(draft.signals, tags, before), before)) ||
    (asset !== undefined && asset.stateMapping !== null && draft.mapping !== asset.stateMapping);
  const { save, working, problem } = useSaving({ asset, parent, draft, tags, onDone });
  const target = draft.target === '' ? null : Number(draft.target);
  const cycle = draft.cycle === '' ? null : Number(draft.cycle);
  const fits =
    draft.zh !== '' &&
    draft.en !== '' &&
    (target === null || (target >= 0 && target <= 100)) &&
    (cycle === null || cycle > 0) &&
    draft.signals.every((signal) => faultOf(signal, tags, before) === undefined);
  return (
    <section className="form-card" aria-labelledby={ids.title}>
      <OpenedTitle id={ids.title}>
        {asset !== undefined
          ? name(asset.name)
          : parent === null
            ? t('site.addRoot')
            : t('site.addUnder', { name: name(parent.name) })}
      </OpenedTitle>
      <form onSubmit={(event) => void save(event)}>
        <div className="shift-row">
          <Field label={t('calendar.nameZh')} name="name-zh" value={draft.zh} onChange={(zh) => change({ zh })} />
          <Field label={t('calendar.nameEn')} name="name-en" value={draft.en} onChange={(en) => change({ en })} />
          {asset === undefined && (
            <label>
              {t('site.level')}
              <select
                name="level"
                value={draft.level}
                onChange={(event) => change({ level: event.target.value as AssetDraft['level'] })}
              >
                {levels.map((level) => (
                  <option key={level} value={level}>
                    {t(`site.levels.${level}`)}
                  </option>
                ))}
              </select>
            </label>
          )}
        </div>
        <div className="shift-row">
          <Field
            label={t('site.target')}
            name="target"
            type="number"
            value={draft.target}
            onChange={(text) => change({ target: text })}
          />
          <Field
            label={t('site.cycle')}
            name="cycle"
            type="number"
            value={draft.cycle}
            onChange={(text) => change({ cycle: text })}
          />
          <label>
            {t('site.calendar')}
            <select
              name="calendar"
              value={draft.calendar}
              onChange={(event) => change({ calendar: event.target.value })}
            >
              <option value="">{t('site.aroundTheClock')}</option>
              {props.calendars.map(({ id }) => (
                <option key={id}>{id}</option>
              ))}
            </select>
          </label>
        </div>
        {asset !== undefined && <p className="quiet">{t('site.targetNote')}</p>}
        {draft.level === 'work-unit' && props.tags !== undefined && (
          <SignalFields
            {...{ tags, before, mappings: props.mappings, drafts: draft.signals, mapping: draft.mapping }}
            onChange={(signals) => change({ signals })}
            onMapping={(mapping) => change({ mapping })}
          />
        )}
        {otherSignals && <p className="attention">{t('site.signals.pastNote')}</p>}
        {otherCalendar && <p className="attention">{t('site.calendarNote')}</p>}
        {problem !== undefined && <Refused problem={problem} />}
        <div className="form-actions">
          <Button type="primary" htmlType="submit" disabled={working || !fits}>
            {t(asset === undefined ? 'site.create' : 'users.save')}
          </Button>
          <Button onClick={onDone}>{t('users.cancel')}</Button>
          {asset !== undefined && <Retirement asset={asset} onDone={onDone} />}
        </div>
      </form>
    </section>
  );
}

const noTags: ReadonlyMap<string, NamedTag> = new Map();

function Field(props: {
  label: string;
  name: string;
  type?: 'number';
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <label>
      {props.label}
      <input
        name={props.name}
        type={props.type ?? 'text'}
        {...(props.type === 'number' ? { min: 0, step: 'any' } : { maxLength: 80 })}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
    </label>
  );
}

function Retirement({ asset, onDone }: { asset: Asset; onDone: () => void }) {
  const { t, name } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const [asked, setAsked] = useState(false);
  const act = asset.retiredAt === null ? 'retire' : 'restore';
  const path = `/assets/${encodeURIComponent(asset.id)}/retirement`;
  return (
    <>
      <Button onClick={() => setAsked(true)}>{t(`site.${act}.offer`)}</Button>
      {asked && (
        <Confirmation
          title={t(`site.${act}.title`, { name: name(asset.name) })}
          points={[t(`site.${act}.first`), t(`site.${act}.second`)]}
          keep={t('users.cancel')}
          confirm={t(`site.${act}.offer`)}
          working={t('users.working')}
          act={async () => {
            if (act === 'retire') await api.post(path, {});
            else await api.delete(path);
            await queries.invalidateQueries({ queryKey: ['assets'] });
            onDone();
          }}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  );
}

function useSaving(props: {
  asset: Asset | undefined;
  parent: Asset | null;
  draft: AssetDraft;
  tags: ReadonlyMap<string, NamedTag>;
  onDone: () => void;
}) {
  const { asset, parent, draft, tags } = props;
  const { api } = useSession();
  const queries = useQueryClient();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    const content = contentOf(draft);
    try {
      if (asset === undefined) {
        const id = slugOf(draft.en) || draft.level;
        // What is no machine has the mapping of its parent.
        const { stateMapping, ...rest } = content;
        const machine = { stateMapping, signals: signalsOf(draft.signals, tags, []) };
        const more = draft.level === 'work-unit' ? { ...rest, ...machine } : rest;
        await api.post('/assets', { parent: parent?.id ?? null, id, level: draft.level, ...more });
      } else {
        const { targetOee, plannedCycleMs, name } = content;
        // Two requests, so that only what decides the figures of the past is changed for it too.
        const decisive = decisiveChange(asset, draft, tags);
        if (Object.keys(decisive).length > 0) await api.patch(path(asset), { ...decisive, changesPast: true });
        const targets = {
          ...(targetOee === asset.targetOee ? {} : { targetOee }),
          ...(plannedCycleMs === asset.plannedCycleMs ? {} : { plannedCycleMs }),
        };
        await api.patch(path(asset), { name, ...targets });
      }
      await queries.invalidateQueries({ queryKey: ['assets'] });
      await queries.invalidateQueries({ queryKey: ['calendars'] });
      props.onDone();
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return { save, working, problem };
}

function path({ id }: Asset): string {
  return `/assets/${encodeURIComponent(id)}`;
}

function draftOf(asset: Asset | undefined, parent: Asset | null, level: AssetDraft['level']): AssetDraft {
  return {
    zh: asset?.name.zh ?? '',
    en: asset?.name.en ?? '',
    level: asset?.level ?? level,
    target: asset?.targetOee == null ? '' : String(Math.round(asset.targetOee * 1_000) / 10),
    cycle: asset?.plannedCycleMs == null ? '' : String(asset.plannedCycleMs / 1_000),
    calendar: (asset ?? parent)?.calendar?.id ?? '',
    signals: draftsOf(asset?.signals ?? []),
    mapping: (asset ?? parent)?.stateMapping ?? '',
  };
}

/** What figures of the past are computed from too, as far as it is another. */
function decisiveChange(asset: Asset, draft: AssetDraft, tags: ReadonlyMap<string, NamedTag>) {
  const { calendar, stateMapping } = contentOf(draft);
  const signals = signalsOf(draft.signals, tags, asset.signals);
  return {
    ...(calendar === (asset.calendar?.id ?? null) ? {} : { calendar }),
    ...(stateMapping === asset.stateMapping ? {} : { stateMapping }),
    ...(sameSignals(signals, asset.signals) ? {} : { signals }),
  };
}

function contentOf({ zh, en, target, cycle, calendar, mapping }: AssetDraft) {
  return {
    name: { zh, en },
    targetOee: target === '' ? null : Number(target) / 100,
    plannedCycleMs: cycle === '' ? null : Math.round(Number(cycle) * 1_000),
    calendar: calendar === '' ? null : calendar,
    stateMapping: mapping === '' ? null : mapping,
  };
}

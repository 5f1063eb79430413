import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useId, useMemo } from 'react';
import type { AssetSignal } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { useTags } from '../signal-data.ts';
import { faultOf, isCounter, type NamedTag, type SignalDraft, textOf } from '../signal-draft.ts';

/** Where counters of 16, 31 and 32 bits start anew. */
const rollovers = ['65536', '2147483648', '4294967296'];

/** Every tag somebody may choose, by the text that names it. */
export function useNamedTags(token: string, enabled: boolean): ReadonlyMap<string, NamedTag> | undefined {
  const { api } = useSession();
  const tags = useTags(token, enabled).data;
  const gateways = useQuery({
    queryKey: ['gateways', token],
    queryFn: async () => (await api.get<{ items: { id: string; name: string }[] }>('/gateways')).items,
    enabled,
  }).data;
  return useMemo(() => {
    if (tags === undefined || gateways === undefined) return undefined;
    const names = new Map(gateways.map(({ id, name }) => [id, name]));
    const named = tags.map((tag) => ({ ...tag, gateway: names.get(tag.gatewayId) ?? tag.gatewayId }));
    return new Map(named.map((tag) => [textOf(tag), tag]));
  }, [tags, gateways]);
}

/** Which tags a machine's figures are made of, and what the values of its state mean. */
export function SignalFields(props: {
  drafts: readonly SignalDraft[];
  before: readonly AssetSignal[];
  tags: ReadonlyMap<string, NamedTag>;
  mapping: string;
  mappings: readonly { id: string; states: readonly object[] }[];
  onChange: (drafts: readonly SignalDraft[]) => void;
  onMapping: (id: string) => void;
}) {
  const { drafts, tags, before } = props;
  const { t } = useFormats();
  const choices = useId();
  const put = (at: number, part: Partial<SignalDraft>): void =>
    props.onChange(drafts.map((draft, index) => (index === at ? { ...draft, ...part } : draft)));
  return (
    <fieldset className="signal-fields">
      <legend>{t('site.signals.title')}</legend>
      <p className="quiet">{t(tags.size === 0 ? 'site.signals.none' : 'site.signals.note')}</p>
      <datalist id={choices}>
        {[...tags].map(([text, { description, unit }]) => (
          <option key={text} value={text} label={[description, unit].filter(Boolean).join(' · ')} />
        ))}
      </datalist>
      {drafts.map((draft, at) => (
        <Row
          key={`${draft.role} ${drafts.slice(0, at).filter(({ role }) => role === draft.role).length}`}
          {...{ draft, choices }}
          fault={faultOf(draft, tags, before)}
          onChange={(part) => put(at, part)}
        />
      ))}
      <div className="form-actions">
        <Button onClick={() => props.onChange([...drafts, { role: 'signal', text: '', rollover: '' }])}>
          {t('site.signals.add')}
        </Button>
      </div>
      <label className="signal-mapping">
        {t('site.signals.mapping')}
        <select name="state-mapping" value={props.mapping} onChange={(event) => props.onMapping(event.target.value)}>
          <option value="">{t('site.signals.noMapping')}</option>
          {props.mappings.map(({ id, states }) => (
            <option key={id} value={id}>
              {t('site.signals.mappingIs', { id, states: states.length })}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}

function Row(props: {
  draft: SignalDraft;
  choices: string;
  fault: ReturnType<typeof faultOf>;
  onChange: (part: Partial<SignalDraft>) => void;
}) {
  const { draft, fault, onChange } = props;
  const { t } = useFormats();
  const faultId = useId();
  const name = t(`site.signals.roles.${draft.role}`);
  const known = rollovers.includes(draft.rollover) || draft.rollover === '';
  return (
    <div className="shift-row">
      <label className="signal-tag">
        {name}
        <input
          name={`signal-${draft.role}`}
          list={props.choices}
          value={draft.text}
          placeholder={t('site.signals.placeholder')}
          autoComplete="off"
          aria-invalid={fault !== undefined}
          aria-describedby={fault === undefined ? undefined : faultId}
          onChange={(event) => onChange({ text: event.target.value })}
        />
      </label>
      {isCounter(draft.role) && draft.text !== '' && (
        <label>
          {t('site.signals.rollover')}
          <select
            name={`rollover-${draft.role}`}
            value={draft.rollover}
            onChange={(event) => onChange({ rollover: event.target.value })}
          >
            <option value="">{t('site.signals.never')}</option>
            {[...rollovers, ...(known ? [] : [draft.rollover])].map((at) => (
              <option key={at} value={at}>
                {at}
              </option>
            ))}
          </select>
        </label>
      )}
      {fault !== undefined && (
        <p id={faultId} className="field-fault" role="alert">
          {t(`site.signals.faults.${fault}`, { role: name })}
        </p>
      )}
    </div>
  );
}

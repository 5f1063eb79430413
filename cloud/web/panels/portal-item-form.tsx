import { useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { type ReactNode, type SubmitEvent, useId, useState } from 'react';
import { useFormats } from '../formats.ts';
import { type PortalItem, serviceCategories } from '../portal-shapes.ts';
import { useSession } from '../session.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { Refused } from './refused.tsx';
import '../forms.css';

const empty = { titleZh: '', titleEn: '', textZh: '', textEn: '', until: '', category: 'policy', link: '' };
type Entered = typeof empty;

/** A new notice or service, in both languages. */
export function PortalItemForm({ kind, onClose }: { kind: PortalItem['kind']; onClose: () => void }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const titleId = useId();
  const [entered, setEntered] = useState<Entered>(empty);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const complete = [entered.titleZh, entered.titleEn, entered.textZh, entered.textEn].every(
    (text) => text.trim() !== '',
  );
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    try {
      await api.post('/portal/items', itemOf(kind, entered));
      await queries.invalidateQueries({ queryKey: ['portal-items'] });
      onClose();
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  const text = (key: keyof Entered, options: { long?: boolean; lang?: string; note?: string; type?: string } = {}) => (
    <Labelled label={t(`portal.form.${key}`)} note={options.note}>
      {(id) =>
        options.long === true ? (
          <Input.TextArea
            id={id}
            name={key}
            lang={options.lang}
            rows={3}
            maxLength={4_000}
            value={entered[key]}
            onChange={(event) => setEntered({ ...entered, [key]: event.target.value })}
          />
        ) : (
          <Input
            id={id}
            name={key}
            lang={options.lang}
            type={options.type ?? 'text'}
            autoComplete="off"
            value={entered[key]}
            onChange={(event) => setEntered({ ...entered, [key]: event.target.value })}
          />
        )
      }
    </Labelled>
  );
  return (
    <section className="form-card" aria-labelledby={titleId}>
      <OpenedTitle id={titleId}>{t(`portal.add.${kind}`)}</OpenedTitle>
      <form onSubmit={(event) => void submit(event)} noValidate>
        {text('titleZh', { lang: 'zh-CN' })}
        {text('titleEn', { lang: 'en' })}
        {text('textZh', { long: true, lang: 'zh-CN' })}
        {text('textEn', { long: true, lang: 'en' })}
        {kind === 'notice' && text('until', { type: 'datetime-local', note: t('portal.form.untilNote') })}
        {kind === 'service' && (
          <>
            <Labelled label={t('portal.form.category')}>
              {(id) => (
                <select
                  id={id}
                  name="category"
                  value={entered.category}
                  onChange={(event) => setEntered({ ...entered, category: event.target.value })}
                >
                  {serviceCategories.map((category) => (
                    <option key={category} value={category}>
                      {t(`portal.category.${category}`)}
                    </option>
                  ))}
                </select>
              )}
            </Labelled>
            {text('link', { type: 'url', note: t('portal.form.linkNote') })}
          </>
        )}
        {problem !== undefined && <Refused problem={problem} />}
        <div className="form-actions">
          <Button type="primary" htmlType="submit" disabled={working || !complete}>
            {t('portal.form.submit')}
          </Button>
          <Button onClick={onClose}>{t('portal.cancel')}</Button>
        </div>
      </form>
    </section>
  );
}

function Labelled(props: { label: string; note?: string | undefined; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      {props.children(id)}
      {props.note !== undefined && <small>{props.note}</small>}
    </div>
  );
}

function itemOf(kind: PortalItem['kind'], entered: Entered): object {
  const title = { zh: entered.titleZh, en: entered.titleEn };
  const text = { zh: entered.textZh, en: entered.textEn };
  if (kind === 'service') return { kind, title, text, category: entered.category, link: entered.link.trim() };
  const until = entered.until === '' ? null : new Date(entered.until).toISOString();
  return { kind, title, text, until };
}

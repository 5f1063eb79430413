import { useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import { slugOf } from '../calendar-draft.ts';
import { useFormats } from '../formats.ts';
import { useSession } from '../session.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { Refused } from './refused.tsx';
import '../forms.css';

const fields = ['en', 'zh', 'administrator'] as const;

/** A tenant and its first administrator, who then makes the other users. */
export function TenantForm(props: { onDone: (administrator: string, password: string) => void; onCancel: () => void }) {
  const { t } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const formId = useId();
  const [written, setWritten] = useState({ en: '', zh: '', administrator: '' });
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const id = slugOf(written.en);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    const { en, zh } = written;
    const administrator = written.administrator.trim();
    try {
      const made = await api.post<{ password: string }>('/tenants', { id, name: { zh, en }, administrator });
      void queries.invalidateQueries({ queryKey: ['tenants'] });
      props.onDone(administrator, made.password);
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <section className="form-card" aria-labelledby={formId}>
      <OpenedTitle id={formId}>{t('tenants.add')}</OpenedTitle>
      <form onSubmit={(event) => void submit(event)} noValidate>
        {fields.map((field) => (
          <div key={field} className="field">
            <label htmlFor={`${formId}-${field}`}>{t(`tenants.fields.${field}`)}</label>
            <Input
              id={`${formId}-${field}`}
              name={`tenant-${field}`}
              autoComplete="off"
              maxLength={64}
              value={written[field]}
              onChange={(event) => setWritten({ ...written, [field]: event.target.value })}
            />
            {field === 'en' && <small>{t('calendar.idRule', { id: id || '…' })}</small>}
            {field === 'administrator' && <small>{t('tenants.administratorNote')}</small>}
          </div>
        ))}
        {problem !== undefined && <Refused problem={problem} />}
        <div className="form-actions">
          <Button
            type="primary"
            htmlType="submit"
            disabled={working || id === '' || written.zh === '' || written.administrator.trim() === ''}
          >
            {t('tenants.create')}
          </Button>
          <Button onClick={props.onCancel}>{t('users.cancel')}</Button>
        </div>
      </form>
    </section>
  );
}

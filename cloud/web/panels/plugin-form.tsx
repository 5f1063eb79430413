import type { FormBlock } from '@gongfu/shared/sdk/page';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import type { Asset } from '../api-shapes.ts';
import { formOf, sentOf } from '../form-value.ts';
import { useFormats } from '../formats.ts';
import type { PortalPlugin } from '../portal-shapes.ts';
import { useSession } from '../session.tsx';
import { Refused } from './refused.tsx';
import { SchemaForm } from './schema-form.tsx';

/** Sends what was entered to the plugin; what its pages show is asked for again afterwards. */
export function PluginForm(props: { block: FormBlock; plugin: PortalPlugin; assets: readonly Asset[] }) {
  const { block, plugin, assets } = props;
  const { t, name } = useFormats();
  const { api } = useSession();
  const queries = useQueryClient();
  const titleId = useId();
  const schema = plugin.forms.find(({ target }) => target === block.target)?.schema ?? {};
  const [form, setForm] = useState(() => formOf(schema, undefined));
  const [state, setState] = useState<'open' | 'working' | 'done'>('open');
  const [problem, setProblem] = useState<unknown>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setState('working');
    setProblem(undefined);
    try {
      await api.post(`/plugins/${plugin.id}${block.target}`, (sentOf(schema, form) ?? {}) as object);
      setForm(formOf(schema, undefined));
      setState('done');
      await queries.invalidateQueries({ queryKey: ['plugin', plugin.id] });
    } catch (error) {
      setProblem(error);
      setState('open');
    }
  };
  return (
    <section className="form-card" aria-labelledby={titleId} data-block="form">
      <h2 id={titleId}>{name(block.title)}</h2>
      {block.text !== undefined && <p className="quiet">{name(block.text)}</p>}
      <form onSubmit={(event) => void submit(event)} noValidate>
        <SchemaForm
          schema={schema}
          name=""
          value={form}
          assets={assets}
          onChange={(next) => {
            setForm(next);
            setState('open');
          }}
        />
        {problem !== undefined && <Refused problem={problem} />}
        {state === 'done' && <p role="status">{t('portal.sent')}</p>}
        <div className="form-actions">
          <Button type="primary" htmlType="submit" disabled={state === 'working'}>
            {name(block.submit)}
          </Button>
        </div>
      </form>
    </section>
  );
}

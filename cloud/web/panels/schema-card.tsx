import { Button } from 'antd';
import { type ReactNode, type SubmitEvent, useState } from 'react';
import type { Asset } from '../api-shapes.ts';
import { formOf, sentOf } from '../form-value.ts';
import { useFormats } from '../formats.ts';
import type { FormSchema } from '../portal-shapes.ts';
import { Refused } from './refused.tsx';
import { SchemaForm } from './schema-form.tsx';

/** A form made of a schema, from opening it to the word that it was taken, or why not. */
export function SchemaCard(props: {
  schema: FormSchema;
  /** What it opens with. */
  initial: unknown;
  assets: readonly Asset[];
  submit: string;
  /** Throws what the platform refuses. */
  send: (value: unknown) => Promise<void>;
  /** Whether it is as at the beginning once it was taken. */
  empties: boolean;
  children?: ReactNode;
}) {
  const { schema, initial, assets } = props;
  const { t } = useFormats();
  const [form, setForm] = useState(() => formOf(schema, initial));
  const [state, setState] = useState<'open' | 'working' | 'done'>('open');
  const [problem, setProblem] = useState<unknown>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setState('working');
    setProblem(undefined);
    try {
      await props.send(sentOf(schema, form));
      if (props.empties) setForm(formOf(schema, initial));
      setState('done');
    } catch (error) {
      setProblem(error);
      setState('open');
    }
  };
  return (
    <section className="form-card" data-block="form">
      {props.children}
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
            {props.submit}
          </Button>
        </div>
      </form>
    </section>
  );
}

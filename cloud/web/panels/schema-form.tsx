import { Button, Input } from 'antd';
import { useId } from 'react';
import type { Asset } from '../api-shapes.ts';
import { type FormValue, formOf, kindOf, plain } from '../form-value.ts';
import { useFormats } from '../formats.ts';
import type { FormSchema } from '../portal-shapes.ts';
import '../forms.css';

interface PartProps {
  readonly schema: FormSchema;
  /** Key of the part, for a label where the schema has none. */
  readonly name: string;
  readonly value: FormValue;
  readonly assets: readonly Asset[];
  readonly onChange: (value: FormValue) => void;
}

/** The fields of a JSON Schema, in its order. */
export function SchemaForm({ schema, name, value, assets, onChange }: PartProps) {
  const fields = value as Readonly<Record<string, FormValue>>;
  return Object.entries(plain(schema).properties ?? {}).map(([key, part]) => (
    <Part
      key={key}
      schema={part}
      name={name === '' ? key : `${name}.${key}`}
      value={fields[key] ?? null}
      assets={assets}
      onChange={(next) => onChange({ ...fields, [key]: next })}
    />
  ));
}

function Part(props: PartProps) {
  switch (kindOf(props.schema)) {
    case 'group':
      return <Group {...props} />;
    case 'list':
      return <List {...props} />;
    case 'tick':
      return <Tick {...props} />;
    default:
      return <Field {...props} />;
  }
}

function useLabel({ schema, name }: Pick<PartProps, 'schema' | 'name'>): string {
  const formats = useFormats();
  const { label } = schema;
  return label === undefined ? (name.split('.').at(-1) ?? name) : formats.name(label);
}

function Hint({ schema, id }: { schema: FormSchema; id: string }) {
  const { name } = useFormats();
  return schema.hint === undefined ? null : <small id={id}>{name(schema.hint)}</small>;
}

function Group(props: PartProps) {
  const label = useLabel(props);
  return (
    <fieldset className="schema-group">
      <legend>{label}</legend>
      <SchemaForm {...props} />
    </fieldset>
  );
}

function List(props: PartProps) {
  const { t } = useFormats();
  const label = useLabel(props);
  const hintId = useId();
  const items = props.value as readonly FormValue[];
  const { items: item = {}, maxItems = Number.POSITIVE_INFINITY } = plain(props.schema);
  const replace = (place: number, ...next: FormValue[]): void =>
    props.onChange([...items.slice(0, place), ...next, ...items.slice(place + 1)]);
  return (
    <fieldset className="schema-list" aria-describedby={hintId}>
      <legend>{label}</legend>
      <Hint schema={props.schema} id={hintId} />
      {items.map((value, place) => (
        // Entries have nothing but their place to be known by, and keep no state of their own.
        <div key={`${props.name}.${String(place)}`} className="schema-entry">
          {kindOf(item) === 'group' ? (
            <SchemaForm
              {...props}
              schema={item}
              name={`${props.name}.${place}`}
              value={value}
              onChange={(next) => replace(place, next)}
            />
          ) : (
            <Part
              {...props}
              schema={item}
              name={`${props.name}.${place}`}
              value={value}
              onChange={(next) => replace(place, next)}
            />
          )}
          <Button onClick={() => replace(place)} aria-label={t('portal.dropEntry', { name: label, place: place + 1 })}>
            {t('portal.drop')}
          </Button>
        </div>
      ))}
      <Button
        disabled={items.length >= maxItems}
        onClick={() => props.onChange([...items, formOf(item, undefined)])}
        aria-label={t('portal.addEntryTo', { name: label })}
      >
        {t('portal.addEntry')}
      </Button>
    </fieldset>
  );
}

function Tick(props: PartProps) {
  const label = useLabel(props);
  return (
    <label className="choice">
      <input
        type="checkbox"
        name={props.name}
        checked={props.value === true}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

function Field(props: PartProps) {
  const { t } = useFormats();
  const id = useId();
  const hintId = useId();
  const label = useLabel(props);
  const schema = plain(props.schema);
  const options = useOptions(schema, props.assets);
  const value = String(props.value ?? '');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {options !== undefined ? (
        <select
          id={id}
          name={props.name}
          value={value}
          aria-describedby={hintId}
          onChange={(event) => props.onChange(event.target.value)}
        >
          {!options.some((option) => option.value === '') && <option value="">{t('portal.choose')}</option>}
          {value !== '' && !options.some((option) => option.value === value) && <option value={value}>{value}</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <Input
          id={id}
          name={props.name}
          autoComplete="off"
          type={schema.widget === 'time' ? 'datetime-local' : 'text'}
          inputMode={kindOf(schema) === 'number' ? 'decimal' : undefined}
          aria-describedby={hintId}
          value={value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
      <Hint schema={props.schema} id={hintId} />
    </div>
  );
}

/** What can be chosen; undefined where it is typed. */
function useOptions(schema: FormSchema, assets: readonly Asset[]): { value: string; label: string }[] | undefined {
  const { t, name } = useFormats();
  if (schema.enum !== undefined) return schema.enum.map((value) => ({ value, label: value === '' ? '—' : value }));
  if (schema.widget === 'asset') {
    return assets
      .filter(({ level }) => schema.levels?.includes(level) ?? true)
      .map((asset) => ({ value: asset.id, label: name(asset.name) }));
  }
  if (schema.widget !== 'tag') return undefined;
  return assets.flatMap((asset) =>
    asset.signals.flatMap(({ tag, role, unit }) =>
      tag === null
        ? []
        : [{ value: tag, label: [name(asset.name), t(`signal.role.${role}`), unit, tag].filter(Boolean).join(' · ') }],
    ),
  );
}

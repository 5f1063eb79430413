import { Radio } from 'antd';
import { useId } from 'react';
import type { Asset } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';

/** Everything of the tenant, or the parts of the plant one ticks. What lies under a ticked part is seen with it. */
export function ScopeChoice(props: {
  assets: readonly Asset[];
  scope: readonly string[] | null;
  onChange: (scope: readonly string[] | null) => void;
}) {
  const { assets, scope, onChange } = props;
  const { t } = useFormats();
  const labelId = useId();
  return (
    <div className="field">
      <span id={labelId}>{t('users.scope')}</span>
      <Radio.Group
        aria-labelledby={labelId}
        value={scope === null ? 'whole' : 'parts'}
        onChange={(event) => onChange(event.target.value === 'whole' ? null : [])}
      >
        <Radio value="whole">{t('users.whole')}</Radio>
        <Radio value="parts" disabled={assets.length === 0}>
          {t('users.parts')}
        </Radio>
      </Radio.Group>
      {scope !== null && (
        <fieldset className="scope-tree">
          <legend className="quiet">{t('users.partsNote')}</legend>
          <Branch parentId={null} {...props} scope={scope} inside={false} />
        </fieldset>
      )}
    </div>
  );
}

function Branch(props: {
  parentId: string | null;
  assets: readonly Asset[];
  scope: readonly string[];
  /** A part above is ticked. */
  inside: boolean;
  onChange: (scope: readonly string[]) => void;
}) {
  const { parentId, assets, scope, inside, onChange } = props;
  const { name } = useFormats();
  const children = assets.filter((asset) => asset.parentId === parentId).toSorted((a, b) => a.order - b.order);
  if (children.length === 0) return null;
  const toggle = (id: string, wanted: boolean): void => {
    // What is under it comes with it and need not be named.
    const others = scope.filter((other) => other !== id && !(wanted && other.startsWith(`${id}.`)));
    onChange(wanted ? [...others, id] : others);
  };
  return (
    <ul>
      {children.map((asset) => (
        <li key={asset.id}>
          <label className="choice">
            <input
              type="checkbox"
              value={asset.id}
              checked={inside || scope.includes(asset.id)}
              disabled={inside}
              onChange={(event) => toggle(asset.id, event.target.checked)}
            />
            {name(asset.name)}
          </label>
          <Branch {...props} parentId={asset.id} inside={inside || scope.includes(asset.id)} />
        </li>
      ))}
    </ul>
  );
}

import { unitSymbol } from '@gongfu/shared/model/unit-symbol';
import { Checkbox, Input } from 'antd';
import { memo, useDeferredValue, useState } from 'react';
import { useFormats } from '../formats.ts';
import { groupsFound, type SignalGroup } from '../signal-catalogue.ts';
import { signalsMax } from '../signal-view.ts';

const shownMax = 150;

interface PickerProps {
  readonly groups: readonly SignalGroup[];
  readonly chosen: readonly string[];
  readonly onChoose: (tags: readonly string[]) => void;
}

/** All signals there are, by the asset they belong to. */
export const SignalPicker = memo(({ groups, chosen, onChoose }: PickerProps) => {
  const { t, name, count } = useFormats();
  const [words, setWords] = useState('');
  const found = groupsFound(groups, useDeferredValue(words));
  const all = found.reduce((sum, { tags }) => sum + tags.length, 0);
  let room = shownMax;
  const shown = found.flatMap((group) => {
    const tags = group.tags.slice(0, Math.max(0, room));
    room -= tags.length;
    return tags.length === 0 ? [] : [{ ...group, tags }];
  });
  const toggle = (id: string): void => {
    onChoose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  };
  return (
    <details className="signal-picker" open={chosen.length === 0 || innerWidth > 900}>
      <summary>{t('signals.chosen', { count: chosen.length, max: signalsMax })}</summary>
      <Input
        allowClear
        value={words}
        placeholder={t('signals.search')}
        aria-label={t('signals.search')}
        onChange={(event) => setWords(event.target.value)}
      />
      <div className="signal-picker-list" data-panel="picker">
        {shown.map(({ key, asset, source, tags }) => (
          <fieldset key={key}>
            <legend title={asset?.id ?? key}>{asset === null ? source : name(asset.name)}</legend>
            {tags.map((tag) => (
              <Checkbox
                key={tag.id}
                checked={chosen.includes(tag.id)}
                disabled={!chosen.includes(tag.id) && chosen.length >= signalsMax}
                onChange={() => toggle(tag.id)}
              >
                <span title={tag.description}>{tag.name}</span>
                {tag.unit !== '' && <span className="quiet"> {unitSymbol(tag.unit)}</span>}
              </Checkbox>
            ))}
          </fieldset>
        ))}
        {all === 0 && <p className="quiet">{t('signals.nothingFound')}</p>}
        {all > shownMax && <p className="quiet">{t('signals.moreFound', { count: count(all - shownMax) })}</p>}
      </div>
    </details>
  );
});

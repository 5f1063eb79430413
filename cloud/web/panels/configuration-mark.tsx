import type { ConfigurationVersion } from '../configuration-shapes.ts';
import { type Formats, useFormats } from '../formats.ts';

/** In words beside the colour: nobody has to tell states apart by that alone. */
export function ConfigurationMark({
  version: { state },
  isRunning,
}: {
  version: ConfigurationVersion;
  isRunning: boolean;
}) {
  const { t } = useFormats();
  return (
    <span className="configuration-marks">
      <span className={`state-word configuration-${state}`}>{t(`configurations.states.${state}`)}</span>
      {isRunning && (
        <strong className="configuration-running" title={t('configurations.inUseHint')}>
          {t('configurations.inUse')}
        </strong>
      )}
    </span>
  );
}

/** Why it does not run, in the reader's words; null where there is nothing to say. */
export function resultText(result: ConfigurationVersion['result'], { t }: Formats): string | null {
  if (result === null || result.code === '') return null;
  return t(`configurations.codes.${result.code as 'config-invalid'}`, { defaultValue: result.detail || result.code });
}

import type { SourceHealth } from '@gongfu/shared/wire/handshake';
import { useFormats } from '../formats.ts';

const marks = { connected: '●', connecting: '◌', failing: '▲', stopped: '■' } as const;

/** Each source with its driver; what does not work stands first and says why. */
export function GatewaySources({ sources }: { sources: readonly SourceHealth[] }) {
  const { t } = useFormats();
  if (sources.length === 0) return <span className="quiet">{t('gatewaysPage.noSources')}</span>;
  const sorted = sources.toSorted(
    (a, b) => Number(a.state === 'connected') - Number(b.state === 'connected') || a.name.localeCompare(b.name),
  );
  return (
    <ul className="sources">
      {sorted.map(({ name, driver, state, detail }) => (
        <li key={name} data-source={name} data-state={state}>
          <span>
            {name} <small className="quiet">{driver}</small>
          </span>
          <span className={`source-${state}`}>
            <i aria-hidden="true">{marks[state]}</i> {t(`gatewaysPage.source.${state}`)}
          </span>
          {state !== 'connected' && detail !== '' && <small className="quiet source-detail">{detail}</small>}
        </li>
      ))}
    </ul>
  );
}

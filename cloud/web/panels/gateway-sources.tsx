import type { SourceHealth } from '@gongfu/shared/wire/handshake';
import { useFormats } from '../formats.ts';
import { fallsShort } from '../sampling.ts';
import { useRateText } from './gateway-rate.tsx';

const marks = { connected: '●', connecting: '◌', failing: '▲', stopped: '■' } as const;

/** Each source with its driver; what does not work stands first and says why. */
export function GatewaySources({ sources }: { sources: readonly SourceHealth[] }) {
  const { t } = useFormats();
  const rate = useRateText();
  if (sources.length === 0) return <span className="quiet">{t('gatewaysPage.noSources')}</span>;
  const works = (source: SourceHealth): number => Number(source.state === 'connected' && !fallsShort(source));
  const sorted = sources.toSorted((a, b) => works(a) - works(b) || a.name.localeCompare(b.name));
  return (
    <ul className="sources">
      {sorted.map((source) => (
        <GatewaySource key={source.name} source={source} rate={rate} />
      ))}
    </ul>
  );
}

function GatewaySource({ source, rate }: { source: SourceHealth; rate: (value: number) => string }) {
  const { t } = useFormats();
  const { name, driver, state, detail, polled } = source;
  return (
    <li data-source={name} data-state={state}>
      <span>
        {name} <small className="quiet">{driver}</small>
      </span>
      <span className={`source-${state}`}>
        <i aria-hidden="true">{marks[state]}</i> {t(`gatewaysPage.source.${state}`)}
      </span>
      {state !== 'connected' && detail !== '' && <small className="quiet source-detail">{detail}</small>}
      {polled !== undefined && polled !== null && fallsShort(source) && (
        <small className="attention source-detail">
          {t('gatewaysPage.short', { read: rate(polled.readPerSecond ?? 0), due: rate(polled.duePerSecond) })}
        </small>
      )}
    </li>
  );
}

import { Button } from 'antd';
import { type ReactNode, useMemo, useRef } from 'react';
import { Link } from 'react-router';
import { useAddress } from '../address.ts';
import type { GatewayJson } from '../api-shapes.ts';
import { useVersionText } from '../configuration-data.ts';
import { type ConfigurationVersion, textFaults } from '../configuration-shapes.ts';
import { useFormats } from '../formats.ts';
import { saveFile } from '../saved-file.ts';
import { Asked } from './asked.tsx';
import { ConfigurationMark, resultText } from './configuration-mark.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { TextFaultList } from './text-fault-list.tsx';
import { YamlText, type YamlTextHandle } from './yaml-text.tsx';

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

const yamlType = { type: 'application/yaml' };

interface ReadingProps {
  gateway: GatewayJson;
  versions: readonly ConfigurationVersion[];
  running: ConfigurationVersion | undefined;
  number: number;
  /** Version it is compared with. */
  against: number | undefined;
}

/** One version: what became of it, its text with the faults at their lines, or what differs from another. */
export function ConfigurationReading(props: ReadingProps) {
  const { gateway, versions, running, number, against } = props;
  const { t } = useFormats();
  const [, changeAddress] = useAddress();
  const asked = useVersionText(gateway.id, number);
  const to = (query: Record<string, string>): string => `?${new URLSearchParams({ gateway: gateway.id, ...query })}`;
  const compare = (other: string): void => changeAddress({ against: other || null }, { replace: true });
  return (
    <section className="configuration" data-version={number}>
      <p>
        <Link to={to({})}>{t('configurations.back')}</Link>
      </p>
      <Asked query={asked}>
        {(told) => {
          // The list is looked at again and again; a very old version is not in it.
          const version = versions.find((one) => one.number === number) ?? told;
          return (
            <>
              <Facts version={version} isRunning={number === running?.number} />
              <div className="form-actions">
                <Link className="configurations-write" to={to({ edit: String(number) })}>
                  {t('configurations.edit')}
                </Link>
                {number !== running?.number && hasRun(version) && (
                  <Link className="configurations-write" to={to({ restore: String(number) })}>
                    {t('configurations.restore')}
                  </Link>
                )}
                <Button onClick={() => saveFile(`${gateway.name}-${number}.yaml`, new Blob([told.text], yamlType))}>
                  {t('configurations.download')}
                </Button>
                <label className="configurations-against">
                  {t('configurations.against')}
                  <select value={against ?? ''} onChange={(event) => compare(event.target.value)}>
                    <option value="">{t('configurations.againstNone')}</option>
                    {versions
                      .filter((one) => one.number !== number)
                      .map((one) => (
                        <option key={one.number} value={one.number}>
                          {t('configurations.version', { number: one.number })}
                        </option>
                      ))}
                  </select>
                </label>
              </div>
              {against === undefined ? (
                <WithFaults version={version} text={told.text} />
              ) : (
                <Differences gatewayId={gateway.id} version={told} against={against} />
              )}
            </>
          );
        }}
      </Asked>
    </section>
  );
}

/** What the gateway accepted once is worth going back to; the rest is corrected first. */
function hasRun({ state }: ConfigurationVersion): boolean {
  return state === 'applied' || state === 'superseded';
}

function Facts({ version, isRunning }: { version: ConfigurationVersion; isRunning: boolean }) {
  const formats = useFormats();
  const { t, stamp } = formats;
  const { number, state, note, createdBy, createdAt, receivedAt, endedAt, result } = version;
  const fact = (label: string, value: ReactNode) => (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
  const time = (text: string | null): string => (text === null ? '—' : stamp(Date.parse(text), ownZone));
  return (
    <>
      <OpenedTitle>{t('configurations.version', { number })}</OpenedTitle>
      <p role="status" data-state={state}>
        <ConfigurationMark version={version} isRunning={isRunning} /> {t(`configurations.notes.${state}`)}
      </p>
      {result !== null && result.code !== '' && (
        <p>
          {resultText(result, formats)}{' '}
          <span className="quiet">
            {t('configurations.gatewaySays')}: <span lang="en">{result.detail}</span>
          </span>
        </p>
      )}
      <dl className="configuration-facts">
        {fact(t('configurations.by'), createdBy)}
        {fact(t('configurations.note'), note || '—')}
        {fact(t('configurations.at'), time(createdAt))}
        {fact(t('configurations.received'), time(receivedAt))}
        {fact(t('configurations.ended'), time(endedAt))}
      </dl>
    </>
  );
}

function WithFaults({ version, text }: { version: ConfigurationVersion; text: string }) {
  const { t } = useFormats();
  const shown = useRef<YamlTextHandle>(null);
  const places = version.result?.places;
  const faults = useMemo(() => textFaults(places ?? []), [places]);
  return (
    <>
      {faults.length > 0 && <TextFaultList faults={faults} text={shown} />}
      <YamlText
        ref={shown}
        label={t('configurations.textOf', { number: version.number })}
        text={text}
        faults={faults}
      />
    </>
  );
}

function Differences(props: { gatewayId: string; version: { number: number; text: string }; against: number }) {
  const { gatewayId, version, against } = props;
  const { t } = useFormats();
  const asked = useVersionText(gatewayId, against);
  return (
    <Asked query={asked}>
      {(other) =>
        other.text === version.text ? (
          <p role="status">{t('configurations.same')}</p>
        ) : (
          <YamlText
            label={t('configurations.againstLabel', { number: version.number, other: against })}
            text={version.text}
            against={other.text}
          />
        )
      }
    </Asked>
  );
}

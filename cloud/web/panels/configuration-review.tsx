import type { ReactNode } from 'react';
import type { GatewayJson } from '../api-shapes.ts';
import { useVersionText } from '../configuration-data.ts';
import { type ConfigurationVersion, sourceNames } from '../configuration-shapes.ts';
import { useFormats } from '../formats.ts';
import { Asked } from './asked.tsx';
import { OpenedTitle } from './opened-title.tsx';
import { YamlText } from './yaml-text.tsx';

/** What a version would change, before it is sent: sources that go or come, and each line. */
export function ConfigurationReview(props: {
  gateway: GatewayJson;
  running: ConfigurationVersion | undefined;
  text: string;
  children: ReactNode;
}) {
  const { gateway, running, text, children } = props;
  const { t } = useFormats();
  return (
    <>
      <OpenedTitle>{t('configurations.reviewTitle', { name: gateway.name })}</OpenedTitle>
      <SourceChanges gateway={gateway} text={text} />
      <p className="quiet">{t('configurations.probation')}</p>
      {gateway.online ? null : <p className="attention">{t('configurations.offline')}</p>}
      {children}
      {running === undefined ? (
        <>
          <p className="quiet">{t('configurations.reviewFirst')}</p>
          <YamlText label={t('configurations.newText')} text={text} />
        </>
      ) : (
        <Against gatewayId={gateway.id} number={running.number} text={text} />
      )}
    </>
  );
}

/** Beside what the gateway told it reads now; silent where that is not known, or the text is none. */
function SourceChanges({ gateway, text }: { gateway: GatewayJson; text: string }) {
  const { t } = useFormats();
  const wanted = sourceNames(text);
  if (wanted === undefined || gateway.heartbeat === null) return null;
  const now = gateway.heartbeat.sources.map(({ name }) => name);
  const changes = [
    ['gone', now.filter((name) => !wanted.includes(name))],
    ['added', wanted.filter((name) => !now.includes(name))],
    ['kept', wanted.filter((name) => now.includes(name))],
  ] as const;
  return (
    <ul className="source-changes">
      {changes.map(([kind, names]) =>
        names.length === 0 ? null : (
          <li key={kind} className={kind === 'gone' ? 'attention' : undefined}>
            {t(`configurations.${kind}`, { names: names.join(', ') })}
          </li>
        ),
      )}
    </ul>
  );
}

function Against({ gatewayId, number, text }: { gatewayId: string; number: number; text: string }) {
  const { t } = useFormats();
  const asked = useVersionText(gatewayId, number);
  return (
    <Asked query={asked}>
      {(running) =>
        running.text === text ? (
          <p role="status">{t('configurations.sameAsRunning', { number })}</p>
        ) : (
          <YamlText label={t('configurations.reviewLabel', { number })} text={text} against={running.text} />
        )
      }
    </Asked>
  );
}

import { Button } from 'antd';
import type { EnrolmentPrepared } from '../api-shapes.ts';
import { edgeFile, isLoopback } from '../edge-file.ts';
import { useFormats } from '../formats.ts';
import { useNow } from '../live-view.tsx';
import { CopyButton } from './copy-button.tsx';

/** What to type on the gateway, word for word, and whether it has come. */
export function EnrolmentSteps(props: {
  prepared: EnrolmentPrepared;
  arrived: boolean;
  timeZone: string;
  onAgain: () => void;
  onDone: () => void;
}) {
  const { prepared, arrived, timeZone } = props;
  const { t, stamp, duration } = useFormats();
  const now = useNow();
  const file = edgeFile(prepared.name, location.origin, prepared.cloudKeys);
  const expiresAt = Date.parse(prepared.expiresAt);
  const expired = expiresAt <= now;
  return (
    <>
      <ol>
        <li>
          <p>{t('enrolment.file')}</p>
          <pre data-text="edge-file">{file}</pre>
          <CopyButton text={file} label={t('enrolment.copyFile')} />
          {isLoopback(location.hostname) && (
            <p className="attention">{t('enrolment.loopback', { host: location.host })}</p>
          )}
        </li>
        <li>
          <p>{t('enrolment.command')}</p>
          <pre data-text="command">{prepared.command}</pre>
          <CopyButton text={prepared.command} label={t('enrolment.copyCommand')} />
          {!arrived && (
            <p className={expired ? 'attention' : 'quiet'}>
              {expired
                ? t('enrolment.expired')
                : t('enrolment.expires', { time: stamp(expiresAt, timeZone), duration: duration(expiresAt - now) })}
            </p>
          )}
        </li>
      </ol>
      <p role="status" className="enrolment-arrival" data-arrived={arrived}>
        {t(arrived ? 'enrolment.arrived' : 'enrolment.waiting', { name: prepared.name })}
      </p>
      <div className="enrolment-actions">
        <Button type={arrived ? 'primary' : 'default'} onClick={props.onDone}>
          {t('enrolment.done')}
        </Button>
        {!arrived && <Button onClick={props.onAgain}>{t('enrolment.newCode')}</Button>}
      </div>
    </>
  );
}

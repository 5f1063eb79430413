import { gatewayNamePattern } from '@gongfu/shared/model/gateway-name';
import type { LiveGateway } from '@gongfu/shared/wire/live';
import { Button, Input } from 'antd';
import { type SubmitEvent, useEffect, useId, useRef, useState } from 'react';
import type { EnrolmentPrepared } from '../api-shapes.ts';
import { useFormats } from '../formats.ts';
import { serverNow } from '../server-clock.ts';
import { useSession } from '../session.tsx';
import { EnrolmentSteps } from './enrolment-steps.tsx';
import { Refused } from './refused.tsx';

/** From a name to a connected gateway: the code, what to type, and the word when it has arrived. */
export function GatewayEnrolment(props: {
  /** Name to begin with; empty for a new one. */
  wanted: string;
  gateways: readonly LiveGateway[];
  timeZone: string;
  onClose: () => void;
}) {
  const { gateways } = props;
  const { t } = useFormats();
  const titleId = useId();
  const [prepared, setPrepared] = useState<EnrolmentPrepared & { preparedAt: number }>();
  const title = useRef<HTMLHeadingElement>(null);
  // What comes after pressing a button is read where the button was.
  useEffect(() => {
    if (prepared !== undefined) title.current?.focus();
  }, [prepared]);
  return (
    <section className="enrolment" aria-labelledby={titleId}>
      <h2 id={titleId} ref={title} tabIndex={-1}>
        {t('enrolment.title')}
      </h2>
      {prepared === undefined ? (
        <NameForm
          wanted={props.wanted}
          gateways={gateways}
          onPrepared={(answer) => setPrepared({ ...answer, preparedAt: serverNow() })}
          onCancel={props.onClose}
        />
      ) : (
        <EnrolmentSteps
          prepared={prepared}
          arrived={gateways.some(
            ({ name, online, connectedAt }) =>
              name === prepared.name && online && (connectedAt ?? 0) >= prepared.preparedAt - 2_000,
          )}
          timeZone={props.timeZone}
          onAgain={() => setPrepared(undefined)}
          onDone={props.onClose}
        />
      )}
    </section>
  );
}

function NameForm(props: {
  wanted: string;
  gateways: readonly LiveGateway[];
  onPrepared: (answer: EnrolmentPrepared) => void;
  onCancel: () => void;
}) {
  const { t } = useFormats();
  const { api } = useSession();
  const ids = { name: useId(), rule: useId() };
  const [name, setName] = useState(props.wanted);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const fits = gatewayNamePattern.test(name);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!fits) return;
    setWorking(true);
    setProblem(undefined);
    try {
      props.onPrepared(await api.post<EnrolmentPrepared>('/gateways', { name }));
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <label htmlFor={ids.name}>{t('enrolment.name')}</label>
      <Input
        id={ids.name}
        name="gateway-name"
        size="large"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        maxLength={64}
        aria-describedby={ids.rule}
        aria-invalid={name !== '' && !fits}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <p id={ids.rule} className={name !== '' && !fits ? 'attention' : 'quiet'}>
        {t(props.gateways.some((gateway) => gateway.name === name) ? 'enrolment.known' : 'enrolment.nameRule')}
      </p>
      {problem !== undefined && <Refused problem={problem} />}
      <div className="enrolment-actions">
        <Button type="primary" size="large" htmlType="submit" disabled={working || !fits}>
          {t(working ? 'enrolment.working' : 'enrolment.prepare')}
        </Button>
        <Button size="large" onClick={props.onCancel}>
          {t('enrolment.cancel')}
        </Button>
      </div>
    </form>
  );
}

import { Alert, Button, Checkbox, Input } from 'antd';
import { type ReactNode, type SubmitEvent, useId, useState } from 'react';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';
import { acceptedScore, type Strength } from '../password-strength.ts';
import { useSession } from '../session.tsx';
import { PasswordStrength, useStrength } from './password-strength.tsx';
import { Refused } from './refused.tsx';

type Fault = 'missing' | 'short' | 'differs' | 'weak';
const lengthMin = 8;

/** Chooses a new own password; says while it is typed how good it is, and what is wrong before the platform has to. */
export function PasswordForm(props: {
  userName: string;
  /** The current password where it is known already: it is then not asked for. */
  given?: string;
  submit: string;
  onChanged: () => void;
}) {
  const { userName, given, submit, onChanged } = props;
  const { t } = useFormats();
  const { api } = useSession();
  const [current, setCurrent] = useState(given ?? '');
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const [shown, setShown] = useState(false);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const strength = useStrength(next, userName);

  const change = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const fault = faultOf({ current, next, repeat, strength });
    setProblem(fault);
    if (fault !== undefined) return;
    setWorking(true);
    try {
      await api.post('/sessions/current/password', { current, next });
      setCurrent('');
      setNext('');
      setRepeat('');
      onChanged();
    } catch (error) {
      setProblem(error);
    } finally {
      setWorking(false);
    }
  };

  const type = shown ? 'text' : 'password';
  return (
    <form className="password-form" onSubmit={(event) => void change(event)} noValidate>
      {/* For password managers: whose password this is. */}
      <input className="visually-hidden" autoComplete="username" value={userName} readOnly tabIndex={-1} aria-hidden />
      {problem !== undefined && <PasswordProblem problem={problem} />}
      {given === undefined && (
        <Field
          name="current-password"
          label={t('password.current')}
          type={type}
          value={current}
          onChange={setCurrent}
        />
      )}
      <Field name="new-password" label={t('password.next')} type={type} value={next} onChange={setNext}>
        <PasswordStrength strength={strength} />
      </Field>
      <Field name="new-password-again" label={t('password.repeat')} type={type} value={repeat} onChange={setRepeat} />
      <Checkbox checked={shown} onChange={(event) => setShown(event.target.checked)}>
        {t('password.show')}
      </Checkbox>
      <Button type="primary" size="large" htmlType="submit" disabled={working}>
        {working ? t('password.working') : submit}
      </Button>
    </form>
  );
}

function faultOf(form: { current: string; next: string; repeat: string; strength: Strength | undefined }) {
  const { current, next, repeat, strength } = form;
  const faults: readonly [Fault, boolean][] = [
    ['missing', current === '' || next === '' || repeat === ''],
    ['short', [...next].length < lengthMin],
    ['differs', next !== repeat],
    ['weak', strength !== undefined && strength.score < acceptedScore],
  ];
  return faults.find(([, present]) => present)?.[0];
}

function Field(props: {
  name: string;
  label: string;
  type: 'text' | 'password';
  value: string;
  onChange: (text: string) => void;
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{props.label}</label>
      <Input
        id={id}
        name={props.name}
        type={props.type}
        size="large"
        autoComplete={props.name === 'current-password' ? 'current-password' : 'new-password'}
        autoCapitalize="none"
        spellCheck={false}
        aria-describedby={props.children === undefined ? undefined : `${id}-note`}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
      />
      {props.children !== undefined && <div id={`${id}-note`}>{props.children}</div>}
    </div>
  );
}

function PasswordProblem({ problem }: { problem: unknown }) {
  const { t } = useFormats();
  if (problem === 'missing' || problem === 'short' || problem === 'differs' || problem === 'weak') {
    return <Alert type="error" role="alert" title={t(`password.${problem}`)} description={adviceOn(problem)} />;
  }
  switch (problem instanceof ApiProblem ? problem.code : '') {
    case 'current-password-wrong':
      return <Alert type="error" role="alert" title={t('password.wrong')} description={t('password.wrongAdvice')} />;
    case 'password-unfit':
      return <Alert type="error" role="alert" title={t('password.unfit')} description={t('password.unfitAdvice')} />;
    case 'password-guessable':
      return <Alert type="error" role="alert" title={t('password.weak')} description={t('password.advice')} />;
    default:
      return <Refused problem={problem} />;
  }

  function adviceOn(fault: Fault): string | undefined {
    return fault === 'short' || fault === 'weak' ? t('password.advice') : undefined;
  }
}

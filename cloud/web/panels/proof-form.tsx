import { Alert, Button, Input } from 'antd';
import { type SubmitEvent, useId, useState } from 'react';
import { ApiProblem } from '../api-client.ts';
import { useFormats } from '../formats.ts';
import { Refused } from './refused.tsx';

/** One field that shows who is there: the password, or a code of the app. */
export function ProofForm(props: {
  kind: 'password' | 'code';
  label: string;
  note?: string;
  submit: string;
  onSubmit: (proof: string) => Promise<void>;
  onCancel: () => void;
}) {
  const { kind, label, note, submit, onSubmit, onCancel } = props;
  const { t } = useFormats();
  const id = useId();
  const [proof, setProof] = useState('');
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setProblem(undefined);
    try {
      await onSubmit(proof);
    } catch (error) {
      setProblem(error);
    } finally {
      setWorking(false);
      setProof('');
    }
  };
  return (
    <form className="proof-form" onSubmit={(event) => void send(event)} noValidate>
      {problem !== undefined && <ProofProblem problem={problem} />}
      <label htmlFor={id}>{label}</label>
      <Input
        id={id}
        name={`proof-${kind}`}
        type={kind === 'password' ? 'password' : 'text'}
        autoComplete={kind === 'password' ? 'current-password' : 'one-time-code'}
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
        value={proof}
        onChange={(event) => setProof(event.target.value)}
      />
      {note !== undefined && <p className="quiet">{note}</p>}
      <div className="account-actions">
        <Button type="primary" htmlType="submit" disabled={working || proof === ''}>
          {submit}
        </Button>
        <Button onClick={onCancel}>{t('secondStep.cancel')}</Button>
      </div>
    </form>
  );
}

function ProofProblem({ problem }: { problem: unknown }) {
  const { t } = useFormats();
  switch (problem instanceof ApiProblem ? problem.code : '') {
    case 'current-password-wrong':
      return <Alert type="error" role="alert" title={t('password.wrong')} description={t('password.wrongAdvice')} />;
    case 'second-factor-wrong':
      return (
        <Alert type="error" role="alert" title={t('secondStep.wrong')} description={t('secondStep.wrongAdvice')} />
      );
    default:
      return <Refused problem={problem} />;
  }
}

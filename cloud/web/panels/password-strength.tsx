import { useEffect, useState } from 'react';
import { useFormats } from '../formats.ts';
import { loadStrengthMeter, type Strength } from '../password-strength.ts';

const steps = ['none', 'low', 'enough', 'good', 'best'] as const;

/** Undefined before something is typed and until the lists are there; the platform judges in any case. */
export function useStrength(password: string, userName: string): Strength | undefined {
  const [measure, setMeasure] = useState<(password: string) => Strength>();
  useEffect(() => {
    let wanted = true;
    loadStrengthMeter([userName]).then(
      (meter) => wanted && setMeasure(() => meter),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [userName]);
  return password === '' ? undefined : measure?.(password);
}

/** How good a password is, in words and as a bar of five steps; what to do better. */
export function PasswordStrength({ strength }: { strength: Strength | undefined }) {
  const { t } = useFormats();
  if (strength === undefined) return <p className="quiet password-advice">{t('password.advice')}</p>;
  const step = steps[strength.score] ?? 'none';
  return (
    <div className="password-advice" data-score={strength.score}>
      <span className="password-steps" aria-hidden="true">
        {steps.map((name, score) => (
          <i key={name} className={score <= strength.score ? 'filled' : undefined} />
        ))}
      </span>
      <span role="status" className="quiet">
        {t('password.strength')}: {t(`password.scores.${step}`)}
        {strength.hint !== undefined && <> · {t(`password.hints.${strength.hint}`)}</>}
      </span>
    </div>
  );
}

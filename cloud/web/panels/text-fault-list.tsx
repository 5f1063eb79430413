import type { RefObject } from 'react';
import type { TextFault } from '../configuration-shapes.ts';
import { useFormats } from '../formats.ts';
import type { YamlTextHandle } from './yaml-text.tsx';

/** All that is wrong with a text; each leads to its line. The words are those of who found it. */
export function TextFaultList({
  faults,
  text,
}: {
  faults: readonly TextFault[];
  text: RefObject<YamlTextHandle | null>;
}) {
  const { t } = useFormats();
  return (
    <section className="text-faults" role="alert">
      <p>{t('configurations.faults', { count: faults.length })}</p>
      <ol>
        {faults.map(({ line, column, what }) => (
          <li key={`${line} ${column} ${what}`}>
            {line !== undefined && (
              <button type="button" className="text-fault-line" onClick={() => text.current?.goTo(line, column)}>
                {t('configurations.line', { line })}
              </button>
            )}
            <span lang="en">{what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

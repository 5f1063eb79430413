import { lazy, Suspense, useState } from 'react';
import { useWritable } from '../command-data.ts';
import { useFormats } from '../formats.ts';
import { FaultBoundary } from './fault-boundary.tsx';

const WriteDialog = lazy(async () => ({ default: (await import('./write-dialog.tsx')).WriteDialog }));

/** Beside a signal that the reader may write; nothing beside any other. */
export function WriteButton({ tagId, label }: { tagId: string; label: string }) {
  const { t } = useFormats();
  const tag = useWritable(tagId);
  const [isOpen, setOpen] = useState(false);
  if (tag === undefined) return null;
  return (
    <>
      <button
        type="button"
        className="write-open"
        aria-label={t('signals.writeName', { signal: label })}
        onClick={() => setOpen(true)}
      >
        {t('signals.write')}
      </button>
      {isOpen && (
        <FaultBoundary fallback={null}>
          <Suspense fallback={null}>
            <WriteDialog tag={tag} label={label} onClose={() => setOpen(false)} />
          </Suspense>
        </FaultBoundary>
      )}
    </>
  );
}

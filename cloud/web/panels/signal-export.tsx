import { useMutation } from '@tanstack/react-query';
import { Button, Dropdown } from 'antd';
import { memo } from 'react';
import { useFormats } from '../formats.ts';
import { saveFile } from '../saved-file.ts';
import { useSession } from '../session.tsx';
import type { Range } from '../signal-view.ts';
import { ProblemNotice } from './problem-notice.tsx';

const formats = [
  { key: 'csv', label: 'CSV' },
  { key: 'xlsx', label: 'Excel (XLSX)' },
  { key: 'parquet', label: 'Parquet' },
];

interface ExportProps {
  readonly tags: readonly string[];
  /** What is shown at this moment. */
  readonly shown: () => Range | undefined;
  readonly timeZone: string;
}

/** Every sample of what is shown, as a file. */
export const SignalExport = memo(({ tags, shown, timeZone }: ExportProps) => {
  const { t } = useFormats();
  const { api } = useSession();
  const made = useMutation({
    mutationFn: async (format: string) => {
      const range = shown();
      if (range === undefined) return;
      const { from, to } = range;
      const body = { tags, from: String(from), to: String(to), format, timeZone };
      const { name, content } = await api.file('/exports', body);
      saveFile(name, content);
    },
  });
  return (
    <>
      <Dropdown
        trigger={['click']}
        disabled={made.isPending}
        menu={{ items: formats, onClick: ({ key }) => made.mutate(key) }}
      >
        <Button title={t('signals.exportAdvice')} loading={made.isPending}>
          {t(made.isPending ? 'signals.exporting' : 'signals.exported')}
        </Button>
      </Dropdown>
      {made.error !== null && <ProblemNotice problem={made.error} onRetry={() => made.reset()} />}
    </>
  );
});

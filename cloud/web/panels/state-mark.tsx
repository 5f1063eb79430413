/** Every state has its own shape: it must be read without colour, and from five metres. */
const shapes: Readonly<Record<string, string>> = {
  running: 'M4 2.5v11l9-5.5z',
  setup: 'M8 1.5 14.5 8 8 14.5 1.5 8z',
  starved: 'M8 2v8M4.5 6.5 8 10l3.5-3.5M2.5 13.5h11',
  blocked: 'M2.5 2.5h11M8 14V6M4.5 9.5 8 6l3.5 3.5',
  idle: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z',
  down: 'M3 3l10 10M13 3 3 13',
  'planned-stop': 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
};
const filled = new Set(['running', 'setup', 'planned-stop']);

export function StateMark({ state }: { state: string }) {
  const shape = shapes[state];
  return (
    <svg className="state-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {shape === undefined ? (
        <>
          <rect
            x="1.5"
            y="1.5"
            width="13"
            height="13"
            rx="2"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeDasharray="3 2"
          />
          <path
            d="M6 6.2a2 2 0 1 1 2.7 1.9c-.5.2-.7.5-.7 1.1M8 11.4v.6"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
          />
        </>
      ) : (
        <path
          d={shape}
          fill={filled.has(state) ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth={filled.has(state) ? 0 : 2}
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
    </svg>
  );
}

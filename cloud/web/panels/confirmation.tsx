import { Button } from 'antd';
import { useEffect, useId, useRef, useState } from 'react';
import { Refused } from './refused.tsx';
import '../forms.css';

/** Says what an act does before it is done. The browser's own dialog keeps the focus inside and closes by Escape. */
export function Confirmation(props: {
  title: string;
  /** What will be so, one thing each. */
  points: readonly string[];
  keep: string;
  confirm: string;
  working: string;
  /** Closes when it succeeds; shows what it throws otherwise. */
  act: () => Promise<void>;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => dialog.current?.showModal(), []);
  const act = async (): Promise<void> => {
    setWorking(true);
    setProblem(undefined);
    try {
      await props.act();
      props.onClose();
    } catch (error) {
      setProblem(error);
      setWorking(false);
    }
  };
  return (
    <dialog ref={dialog} className="confirmation" aria-labelledby={titleId} onClose={props.onClose}>
      <h2 id={titleId}>{props.title}</h2>
      <ul>
        {props.points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
      {problem !== undefined && <Refused problem={problem} />}
      <div className="confirmation-actions">
        <Button autoFocus onClick={() => dialog.current?.close()}>
          {props.keep}
        </Button>
        <Button danger type="primary" disabled={working} onClick={() => void act()}>
          {working ? props.working : props.confirm}
        </Button>
      </div>
    </dialog>
  );
}

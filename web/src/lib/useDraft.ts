import { useCallback, useEffect, useRef, useState } from 'react';

import { createDraft, type Draft, type DraftKey, type DraftState, type Send } from '@lib/drafts';

type Held<Value> = {
  state: DraftState;
  change: (value: Value) => void;
  flush: () => Promise<void>;
  resolve: (choice: 'mine' | 'theirs') => Promise<void>;
};

/** A draft tied to a component; `onRestore` hands back what an earlier page could not send. */
export function useDraft<Value>({ user, attempt, question }: DraftKey, send: Send<Value>, onRestore: (value: Value) => void): Held<Value> {
  const [state, setState] = useState<DraftState>({ kind: 'clean' });
  const draft = useRef<Draft<Value> | undefined>(undefined);
  const latest = useRef({ send, onRestore });
  useEffect(() => {
    latest.current = { send, onRestore };
  });
  useEffect(() => {
    let present = true;
    const made = createDraft<Value>({
      key: { user, attempt, question },
      send: (value, options) => latest.current.send(value, options),
      onState: (next) => present && setState(next),
    });
    draft.current = made;
    void made.restore().then((value) => {
      if (present && value !== undefined) latest.current.onRestore(value);
    });
    return () => {
      present = false;
      made.dispose();
    };
  }, [user, attempt, question]);
  return {
    state,
    change: useCallback((value) => draft.current?.change(value), []),
    flush: useCallback(async () => draft.current?.flush(), []),
    resolve: useCallback(async (choice) => draft.current?.resolve(choice), []),
  };
}

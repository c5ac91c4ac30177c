import type { ThunkDispatch, UnknownAction } from '@reduxjs/toolkit';
import { useEffect, useRef, useState } from 'react';
import { useDispatch } from 'react-redux';

import { api, exchange, versionTag } from '@lib/api/base';
import { coursesApi, type NodeSettings, type NodeView } from '@lib/api/courses';
import type { Problem } from '@lib/problem';
import { session } from '@lib/session';
import { useSignal } from '@lib/signal';
import { useDraft } from '@lib/useDraft';

import { wholeSettings } from './settings';
import { find } from './tree';

export type Content = NonNullable<NodeView['content']>;
export type Edits = { title: string; settings: NodeSettings; content: Content | null };
/** What was changed since the node was opened, and under which version: a draft found later must not go over newer work. */
type Waiting = Partial<Edits> & { version: number };

const editsOf = (node: NodeView): Edits => ({ title: node.title, settings: wholeSettings(node.settings), content: node.content });

export type NodeDraft = ReturnType<typeof useNodeDraft>;

/** One node in an author's hands: each change is kept on this device at once and on the server soon, under the version that was opened. */
export function useNodeDraft(course: string, opened: NodeView) {
  const dispatch = useDispatch<ThunkDispatch<never, unknown, UnknownAction>>();
  const { user = '' } = useSignal(session);
  const [value, setValue] = useState<Edits>(() => editsOf(opened));
  const [theirs, setTheirs] = useState<NodeView>();
  const [refused, setRefused] = useState<Problem>();
  /** Counts what editors must be started anew for: a restored draft, their version taken. */
  const [epoch, setEpoch] = useState(0);
  const version = useRef(opened.version);
  const changes = useRef<Partial<Edits>>({});
  const isSaved = useRef(false);
  const url = `/courses/${encodeURIComponent(course)}/nodes/${opened.id}`;

  const note = (saved: NodeView): void => {
    version.current = saved.version;
    isSaved.current = true;
    dispatch(
      coursesApi.util.updateQueryData('draftOutline', { course }, (outline) => {
        const node = find(outline.sections, opened.id)?.node;
        if (node) Object.assign(node, { title: saved.title, settings: saved.settings, version: saved.version });
      }),
    );
  };

  const draft = useDraft<Waiting>(
    { user, attempt: `node:${course}`, question: opened.id },
    async ({ title, settings, content }, { keepalive }) => {
      const body = { title, settings, content };
      const answer = await exchange({ url, method: 'PATCH', body, headers: { 'If-Match': versionTag(version.current) }, keepalive });
      if ('error' in answer) {
        const { error } = answer;
        if (error.status === 412) setTheirs(error.fields.current as NodeView);
        else if (error.status >= 400 && error.status < 500) setRefused(error);
        throw error;
      }
      setRefused(undefined);
      note(answer.data as NodeView);
    },
    ({ version: base, ...restored }) => {
      version.current = base;
      changes.current = restored;
      setValue((present) => ({ ...present, ...restored }));
      setEpoch((count) => count + 1);
    },
  );

  // What learners would see of it is asked anew once the author is done here, not at every letter.
  useEffect(
    () => () => {
      if (isSaved.current) dispatch(api.util.invalidateTags(['Node', 'Draft', 'MyCourses']));
    },
    [dispatch],
  );

  const change = (part: Partial<Edits>): void => {
    setValue((present) => ({ ...present, ...part }));
    changes.current = { ...changes.current, ...part };
    draft.change({ ...changes.current, version: version.current });
  };

  const resolve = async (choice: 'mine' | 'theirs'): Promise<void> => {
    if (!theirs) return;
    version.current = theirs.version;
    if (choice === 'theirs') {
      changes.current = {};
      setValue(editsOf(theirs));
      setEpoch((count) => count + 1);
      note(theirs);
    } else {
      draft.change({ ...changes.current, version: theirs.version });
    }
    setTheirs(undefined);
    await draft.resolve(choice);
  };

  /** A node that was saved by another door (its problem): the next change builds on that version. */
  const adopt = (saved: NodeView): void => {
    setValue((present) => ({ ...present, content: saved.content }));
    note(saved);
  };

  return { node: opened, value, change, state: draft.state, flush: draft.flush, theirs, refused, resolve, epoch, adopt, version: () => version.current };
}

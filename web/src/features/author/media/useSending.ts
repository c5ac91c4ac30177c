import { useEffect, useRef, useState } from 'react';
import { useDispatch } from 'react-redux';

import { announce } from '@lib/announce';
import { api } from '@lib/api/base';
import type { CourseAsset } from '@lib/api/courses';
import { asProblem } from '@lib/asProblem';
import { useT } from '@lib/i18n';
import type { Problem } from '@lib/problem';

export type Sent = { name: string; share: number; problem?: Problem | undefined; stop: () => void };

/** Files on their way into a course, each with its own progress; leaving the page pauses them. */
export function useSending(course: string, onDone?: (asset: CourseAsset) => void) {
  const t = useT();
  const dispatch = useDispatch();
  const [files, setFiles] = useState<Sent[]>([]);
  const controls = useRef(new Set<AbortController>());
  useEffect(() => {
    const all = controls.current;
    return () => {
      for (const control of all) control.abort();
    };
  }, []);
  const note = (name: string, part: Partial<Sent>): void => setFiles((present) => present.map((each) => (each.name === name ? { ...each, ...part } : each)));

  const send = async (file: File): Promise<void> => {
    const control = new AbortController();
    controls.current.add(control);
    setFiles((present) => [...present.filter((each) => each.name !== file.name), { name: file.name, share: 0, stop: () => control.abort() }]);
    try {
      const { sendToCourse } = await import('./send');
      const asset = await sendToCourse({ course, file, signal: control.signal, onProgress: (share) => note(file.name, { share }) });
      dispatch(api.util.invalidateTags(['Assets', 'Outline']));
      announce(t('author.media.sent', { name: file.name }));
      setFiles((present) => present.filter((each) => each.name !== file.name));
      onDone?.(asset);
    } catch (error) {
      if (error instanceof DOMException) setFiles((present) => present.filter((each) => each.name !== file.name));
      else note(file.name, { problem: asProblem(error) });
    } finally {
      controls.current.delete(control);
    }
  };
  return { files, send, forget: (name: string) => setFiles((present) => present.filter((each) => each.name !== name)) };
}

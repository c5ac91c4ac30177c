import type { NodeSettings } from '@lib/api/courses';

const DEFAULTS: NodeSettings = {
  required: true,
  weight: '1',
  completion: 'auto',
  threshold: null,
  release_at: null,
  due_at: null,
  hidden: false,
  prerequisites: [],
  licence: '',
  format: '',
  graded: false,
  try_out: false,
};

/** The server leaves out what is as usual; forms want all of it. */
export function wholeSettings(settings: Partial<NodeSettings>): NodeSettings {
  return { ...DEFAULTS, ...settings };
}

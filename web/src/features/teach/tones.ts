import type { CourseState } from '@lib/api/courses';
import type { Tone } from '@ui/Badge';

export const TONES: Record<CourseState, Tone> = { draft: 'neutral', published: 'success', archived: 'warning' };

/** The states of a seat, as badges. */
export const SEAT_TONES: Record<string, Tone> = { active: 'success', completed: 'info', waitlisted: 'warning', expired: 'neutral', withdrawn: 'neutral', removed: 'danger' };

/** The roles of an organization, from the widest to the narrowest. */
export const ROLES = ['owner', 'admin', 'author', 'instructor', 'learner'] as const;

/** What may be asked of the permission tool; the server knows more names than these. */
export const PERMISSIONS = [
  'courses.create',
  'courses.read_draft',
  'courses.edit',
  'courses.publish',
  'enrollment.see',
  'enrollment.manage',
  'media.upload',
  'organizations.see-members',
  'organizations.manage-members',
  'organizations.update',
  'progress.see-learners',
] as const;

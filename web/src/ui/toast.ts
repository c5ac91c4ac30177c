import { announce } from '@lib/announce';
import { signal } from '@lib/signal';

export type ToastMessage = { id: number; text: string; action?: { label: string; onPress: () => void } | undefined };

const SHOWN_MS = 6000;
const ACTION_MS = 12_000;

export const toasts = signal<ToastMessage[]>([]);
let count = 0;

export function dismissToast(id: number): void {
  toasts.set(toasts.get().filter((each) => each.id !== id));
}

/** Say that something was done, and offer to undo it. Never for errors: they stay where they happened. */
export function toast(text: string, action?: ToastMessage['action']): void {
  count += 1;
  const id = count;
  toasts.set([...toasts.get().slice(-2), { id, text, action }]);
  announce(text);
  setTimeout(() => dismissToast(id), action ? ACTION_MS : SHOWN_MS);
}

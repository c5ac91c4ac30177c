import type { ReactNode } from 'react';

/** A bordered surface; with a `.card-cover` link inside, the whole of it is pressed. */
export function Card({ children, as: Tag = 'div', className = '' }: { children: ReactNode; as?: 'div' | 'section' | 'article' | 'li'; className?: string }) {
  return <Tag className={`card ${className}`}>{children}</Tag>;
}

import { Component, type ReactNode } from 'react';

type Props = { /** What is drawn: where it changes, it is tried anew. */ of: unknown; instead: ReactNode; children: ReactNode };

/** Keeps a block that breaks to its own place. Code that cannot be fetched is the page's matter: it loads itself anew. */
export class BlockBoundary extends Component<Props, { error?: unknown }> {
  override state: { error?: unknown } = {};

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override componentDidUpdate(before: Props): void {
    // oxlint-disable-next-line react/no-did-update-set-state -- once for each change of the block
    if (before.of !== this.props.of && this.state.error !== undefined) this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error instanceof TypeError && /dynamically imported module|module script/i.test(error.message)) throw error;
    return error === undefined ? this.props.children : this.props.instead;
  }
}

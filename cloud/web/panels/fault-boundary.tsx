import { Component, type ReactNode } from 'react';

/** Keeps a fault in one part of the page from taking the rest with it; `fallback` stands in its place. */
export class FaultBoundary extends Component<{ fallback: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.fallback : this.props.children;
  }
}

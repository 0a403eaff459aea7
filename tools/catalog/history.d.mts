export interface LayoutHistory {
  readonly package?: string;
  readonly releases: readonly string[];
  readonly events: Readonly<
    Record<string, readonly { from: string; sha256: string; layout: string }[]>
  >;
}
export function addRelease(history: LayoutHistory, catalog: unknown): LayoutHistory;

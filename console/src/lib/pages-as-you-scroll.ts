/** The next page of a list, and what stands under the rows that are here. */
export interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

/** For `onNearEnd` of a table. One page is fetched at a time. */
export const nextPageOf = (pages: Pages) => (): void => {
  if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
};

/** @param what the rows that follow, as "older blocks" @param end said once all are here */
export function footerOf(pages: Pages, what: string, end: string): string {
  if (pages.isFetchingNextPage) return `Loading ${what}…`;
  if (!pages.hasNextPage) return end;
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} load as you scroll.`;
}

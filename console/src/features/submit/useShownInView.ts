import { type RefObject, useEffect, useRef } from 'react';

/** Scrolls what has just appeared into view: on a narrow screen it appears below the form. */
export function useShownInView(): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' }), []);
  return element;
}

import { type RefObject, useEffect, useRef } from 'react';

/** Scrolls what has just appeared into view: on a narrow screen it appears below the form. */
export function useShownInView(): RefObject<HTMLDivElement | null> {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers answer with a promise, which React would take for what to do at the end.
    element.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }, []);
  return element;
}

/** The product's mark: a seal that is closed by a tick. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <g fill="none" stroke="var(--on-accent)" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round">
        <path d="M22.6 10.6a8.5 8.5 0 1 0 0 10.8" />
        <path d="m12.4 16.2 2.7 2.7 5.2-5.6" />
      </g>
    </svg>
  );
}

/** The mark: a far hill and a light over it, on ink. */
export function Logo({ size = 30 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--btn)" />
      <path
        d="M6 21c3.5 0 4.5-8.5 8-8.5s3.2 6.5 6.2 6.5c2.3 0 3-2.4 5.8-2.4"
        fill="none"
        stroke="var(--btn-ink)"
        strokeWidth="2.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="22" cy="9.5" r="2.6" fill="var(--ok-fill)" />
    </svg>
  );
}

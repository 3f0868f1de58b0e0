/** A switch whose name stands elsewhere, such as in a table's heads. */
export function Switch({ label, checked, onChange, disabled }: { label: string; checked: boolean; onChange: (checked: boolean) => void; disabled?: boolean }) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!checked)}
      className={`relative inline-block h-5 w-9 align-middle shrink-0 rounded-full border transition-colors duration-100 after:absolute after:-inset-2 disabled:opacity-50 max-md:after:-inset-3 ${checked ? "border-accent bg-accent" : "border-line-control bg-press"}`}
    >
      <span
        className={`absolute top-1/2 size-3.5 -translate-y-1/2 rounded-full transition-[inset-inline-start] duration-100 ${checked ? "start-[18px] bg-accent-fg" : "start-0.5 bg-ink-3"}`}
        aria-hidden
      />
    </button>
  );
}

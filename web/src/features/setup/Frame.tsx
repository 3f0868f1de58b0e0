import type { ReactNode } from "react";

/** The quiet column of the pages outside the product: first run, sign-in, invitations. */
export function Frame({ children, wide }: { children: ReactNode; wide?: boolean }) {
  return (
    <main className="scroll h-full overflow-y-auto bg-canvas">
      <div className={`mx-auto flex min-h-full w-full flex-col justify-center px-5 py-10 max-md:justify-start max-md:py-6 ${wide ? "max-w-[1080px]" : "max-w-[440px]"}`}>
        <Mark />
        {children}
      </div>
    </main>
  );
}

function Mark() {
  return (
    <div className="mb-7 flex items-center gap-2.5">
      <span className="grid size-8 shrink-0 place-items-center rounded-md bg-accent text-accent-fg" aria-hidden>
        <svg viewBox="0 0 24 24" className="size-[18px]" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
          <path d="M22 12h-6l-2 3h-4l-2-3H2" />
          <path d="M5.450 5.110 2 12v6a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2v-6l-3.450-6.890A2 2 0 0 0 16.760 4H7.240a2 2 0 0 0-1.790 1.110z" />
        </svg>
      </span>
      <span className="text-md font-semibold">Switchboard</span>
    </div>
  );
}

export function Title({ title, lead }: { title: string; lead?: ReactNode }) {
  return (
    <header className="mb-6">
      <h1 className="text-xl font-semibold tracking-[-0.02em] [overflow-wrap:anywhere]">{title}</h1>
      {lead && <p className="mt-1.5 text-base text-ink-2 [overflow-wrap:anywhere]">{lead}</p>}
    </header>
  );
}

export { Problem } from "@/ui/Problem";

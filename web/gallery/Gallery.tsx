import { parts } from "./parts";

/** All of it, or the one part that is asked for. */
export function Gallery({ part }: { part: string | null }) {
  const shown = part ? parts.filter((p) => p.name === part) : parts.filter((p) => !p.above);
  return (
    <main className="scroll h-full overflow-y-auto bg-canvas p-4">
      <h1 className="sr-only">Gallery</h1>
      {!part && (
        <nav aria-label="Parts" className="mb-4 flex flex-wrap gap-3 text-sm">
          {parts.map((p) => (
            <a key={p.name} className="underline" href={`?part=${p.name}`}>
              {p.name}
            </a>
          ))}
        </nav>
      )}
      {shown.map(({ name, View }) => (
        <section key={name} id={name} aria-label={name} data-part className="mb-4 rounded-xl bg-sheet p-4">
          <h2 className="mb-3 text-xs font-medium text-ink-3">{name}</h2>
          <div className="flex flex-col gap-4">
            <View />
          </div>
        </section>
      ))}
    </main>
  );
}

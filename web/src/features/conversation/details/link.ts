/** An address one may follow: over a secure connection only, nothing that runs or reads files. */
export function secureLink(text: string | null): string | null {
  if (!text || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" && !url.username && !url.password ? url.href : null;
}

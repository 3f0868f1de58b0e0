import { api } from "@/api/client";
import type { Invitation, Member, Page } from "@/api/types";

/** A workspace keeps thousands of nothing that is shown whole; this only ends what would never end. */
const MOST_PAGES = 100;

/** A list that is needed whole, however many pages the server makes of it. */
export async function allPages<T>(path: string): Promise<Page<T>> {
  const data: T[] = [];
  let cursor: string | null = null;
  for (let n = 0; n < MOST_PAGES; n++) {
    const page: Page<T> = await api.get<Page<T>>(`${path}?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    data.push(...page.data);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return { data, next_cursor: cursor };
}

// Who shows people shows all of them; the pages share what was fetched, so all of them ask for the same.
export const membersQuery = { queryKey: ["members"], queryFn: () => allPages<Member>("/members") };
export const invitationsQuery = { queryKey: ["invitations"], queryFn: () => allPages<Invitation>("/invitations") };

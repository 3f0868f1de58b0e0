import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Channel, Contact, Page, Tag } from "@/api/types";
import { membersQuery } from "@/lib/all-pages";
import { useDebounced } from "@/lib/use-debounced";
import { pieceAt, type Values } from "./operators";

const none: never[] = [];

/** What may stand after each operator: the workspace's own names, and words of the search itself. */
export function useValues(text: string): Values {
  const { t } = useTranslation("find");
  const { operator, typed } = pieceAt(text, text.length);
  const wants = (...names: (string | undefined)[]) => names.includes(operator);
  const tags = useQuery({ queryKey: ["tags"], queryFn: () => api.get<Page<Tag>>("/tags"), staleTime: 300_000, enabled: wants("tag") }).data?.data ?? none;
  const members = useQuery({ ...membersQuery, staleTime: 300_000, enabled: wants("assignee") }).data?.data ?? none;
  const channels = useQuery({ queryKey: ["channels"], queryFn: () => api.get<Page<Channel>>("/channels"), staleTime: 300_000, enabled: wants("in") }).data?.data ?? none;
  const asked = useDebounced(wants("from", "to") ? typed.trim() : "", 150);
  const people =
    useQuery({
      queryKey: ["contacts", "search", asked],
      queryFn: () => api.get<Page<Contact>>(`/contacts?limit=6&text=${encodeURIComponent(asked)}`),
      enabled: asked.length > 1,
      staleTime: 30_000,
    }).data?.data ?? none;
  const fixed = useMemo(() => {
    const list = (name: string, values: string[]) => values.map((value) => ({ value, label: t(`${name}.${value}`) }));
    return {
      status: list("status", ["open", "new", "pending", "snoozed", "closed", "archived", "spam"]),
      has: list("has", ["attachment", "note"]),
      is: list("is", ["unread", "following", "pinned", "scheduled", "blocked"]),
      time: list("time", ["today", "yesterday", "this_week", "last_week", "this_month", "last_month", "-7d", "-30d", "-1y"]),
      who: list("who", ["me", "none"]),
    };
  }, [t]);
  return useCallback(
    (operator) => {
      const named = (all: readonly { name: string }[]) => all.map((x) => ({ value: x.name, label: x.name }));
      switch (operator) {
        case "tag":
          return named(tags);
        case "assignee":
          return [...fixed.who, ...named(members)];
        case "in":
          return named(channels);
        case "status":
          return fixed.status;
        case "has":
          return fixed.has;
        case "is":
          return fixed.is;
        case "before":
        case "after":
          return fixed.time;
        case "from":
        case "to":
          return named(people);
        default:
          return [];
      }
    },
    [tags, members, channels, people, fixed],
  );
}

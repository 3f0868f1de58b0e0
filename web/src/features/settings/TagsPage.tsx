import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Tags } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Tag } from "@/api/types";
import { EmptyState, ErrorState, Popover, toast } from "@/ui";
import { Rows, RowsSkeleton, SettingsPage } from "./Page";
import { useSearchable } from "./searchable";

const HUES = Array.from({ length: 12 }, (_, i) => i * 30);
const paint = (hue: number) => ({ background: `oklch(0.65 0.14 ${hue})` });

export function TagsPage() {
  const { t } = useTranslation("settings");
  const queries = useQueryClient();
  const tags = useQuery({ queryKey: ["tags"], queryFn: () => api.get<{ data: Tag[] }>("/tags") });
  const { rows, search } = useSearchable(tags.data?.data ?? [], (tag) => tag.name);
  const change = useMutation({
    mutationFn: ({ id, hue }: { id: string; hue: number }) => api.patch<Tag>(`/tags/${id}`, { hue }),
    onMutate: ({ id, hue }) => queries.setQueryData<{ data: Tag[] }>(["tags"], (now) => now && { data: now.data.map((tag) => (tag.id === id ? { ...tag, hue } : tag)) }),
    onError: () => {
      toast.error(t("failed"));
      void queries.invalidateQueries({ queryKey: ["tags"] });
    },
  });
  return (
    <SettingsPage title={t("tags.title")} lead={t("tags.lead")}>
      {tags.isError ? (
        <ErrorState title={t("tags.failed")} error={tags.error} onRetry={() => void tags.refetch()} />
      ) : !tags.data ? (
        <RowsSkeleton />
      ) : tags.data.data.length === 0 ? (
        <EmptyState icon={Tags} text={t("tags.empty")} />
      ) : (
        <>
          {search}
          <Rows>
            {rows.map((tag) => (
              <li key={tag.id} className="flex items-center gap-3 px-4 py-2">
                <Popover.Root>
                  <Popover.Trigger asChild>
                    <button
                      type="button"
                      aria-label={t("tags.colour", { name: tag.name })}
                      className="grid size-8 shrink-0 place-items-center rounded-sm hover:bg-hover max-md:size-11"
                    >
                      <i className="size-3 rounded-full" style={paint(tag.hue)} />
                    </button>
                  </Popover.Trigger>
                  <Popover.Content align="start" aria-label={t("tags.colour", { name: tag.name })}>
                    <div className="grid grid-cols-6 gap-1">
                      {HUES.map((hue) => (
                        <button
                          key={hue}
                          type="button"
                          aria-label={t("tags.hue", { hue })}
                          aria-pressed={tag.hue === hue}
                          onClick={() => change.mutate({ id: tag.id, hue })}
                          className="grid size-8 place-items-center rounded-sm hover:bg-hover max-md:size-11"
                        >
                          <i className="grid size-5 place-items-center rounded-full text-white" style={paint(hue)}>
                            {tag.hue === hue && <Check className="size-3" strokeWidth={3} aria-hidden />}
                          </i>
                        </button>
                      ))}
                    </div>
                  </Popover.Content>
                </Popover.Root>
                <span className="min-w-0 flex-1 truncate text-sm">{tag.name}</span>
                <span className="text-xs text-ink-3 tabular-nums">{t("tags.count", { count: tag.count })}</span>
              </li>
            ))}
          </Rows>
        </>
      )}
    </SettingsPage>
  );
}
